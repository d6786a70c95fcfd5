-- SPDX-License-Identifier: BSD-3-Clause
-- One trial: send at a rate for some seconds, let everything arrive, count.
-- Port 0 sends, port 1 receives. Pktgen's counters are those of its last tick, one a second.

local SENDER, RECEIVER = "0", "1"
local TICK_MS = 1200

local trial = {}
local out = assert(io.open(settings.results, "a"))

-- A line for perf/pktgen/run, which shows it at once.
function trial.say(format, ...)
	out:write(string.format(format, ...), "\n")
	out:flush()
end

local function seconds_since_boot()
	local file <close> = assert(io.open("/proc/uptime"))
	return file:read("n")
end

local function counters()
	return pktgen.portStats(SENDER, "port")[0].opackets, pktgen.portStats(RECEIVER, "port")[1].ipackets
end

local bits_per_second -- of the sender's link

-- Asks until the link is up, and no more later: Pktgen's threads write their copy of its state anew
-- now and then, and it says "down" for that moment.
function trial.wait_for_link()
	for _ = 1, 50 do
		local megabits = pktgen.linkState(SENDER)[0]:match("UP%-(%d+)")
		if megabits then
			bits_per_second = tonumber(megabits) * 1e6
			return
		end
		pktgen.delay(200)
	end
	error("the link of port 0 does not come up: is engine A running?")
end

-- Pktgen takes its rate in percent of the link, counting 24 bytes beside each frame.
function trial.highest_rate()
	return bits_per_second / ((settings.frame + 24) * 8)
end

function trial.set_rate(pps)
	local percent = math.min(100, pps / trial.highest_rate() * 100)
	pktgen.set(SENDER, "rate", string.format("%.6f", math.max(percent, 0.0001)))
end

-- Sends at so many packets a second; what came of it: sent, received, offered and passed (packets a
-- second that went out and came back), loss (percent).
function trial.run(pps, seconds)
	local sent, received, before
	trial.set_rate(pps)
	pktgen.clr()
	local start = seconds_since_boot()
	pktgen.start(SENDER)
	pktgen.delay(math.floor(seconds * 1000))
	pktgen.stop(SENDER)
	local took = seconds_since_boot() - start
	for _ = 1, 5 do -- until nothing comes any more
		pktgen.delay(TICK_MS)
		before, sent, received = received, counters()
		if received == before then
			break
		end
	end
	return {asked = pps, sent = sent, received = received, offered = sent / took,
		passed = received / took, loss = sent > 0 and (sent - received) * 100 / sent or 100}
end

return trial
