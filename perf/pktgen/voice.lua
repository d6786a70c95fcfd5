-- SPDX-License-Identifier: BSD-3-Clause
-- What Pktgen does for perf/pktgen/run, which writes a file that sets `settings` and calls this.

local function load(name, ...)
	return assert(loadfile(settings.folder .. "/" .. name))(...)
end

local function main()
	local trial = load("trial.lua")
	local search, measure = load("rfc2544.lua", trial), load("latency.lua", trial)
	trial.wait_for_link()
	pktgen.screen("off") -- the display, too, looks at the links
	pktgen.set("0", "count", 0)
	trial.run(1000, 0.5) -- the first packets of a run meet cold caches and are not judged
	local rate
	for _, limit in ipairs(settings.limits) do
		local found, confirmed = search(limit)
		trial.say("RESULT   at most %.2f %% lost: %.0f packets a second%s", limit, found,
			confirmed and "" or " (not confirmed)")
		rate = rate or found
	end
	for _, percent in ipairs(settings.loads) do
		measure(percent .. "%", math.max(rate * percent / 100, 100))
	end
end

local ok, why = pcall(main)
local out <close> = assert(io.open(settings.results, "a"))
out:write(ok and "END\n" or "FAILED " .. tostring(why) .. "\n")
pktgen.quit()
