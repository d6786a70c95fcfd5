-- SPDX-License-Identifier: BSD-3-Clause
-- The highest rate at which at most so many percent are lost (RFC 2544, 26.1), by halving.

local trial = ...
local OFFERED = 0.95 -- of what was asked for; less is no trial at that rate
local CONFIRMATIONS = 8
local ATTEMPTS = 3 -- at a rate that could not be offered: the machine may have been busy
local FEWEST = 100 -- packets a second; below that nothing is carried at all

local function judge(name, result, limit)
	local verdict = "good"
	if result.loss > limit then
		verdict = "lost"
	elseif result.offered < OFFERED * result.asked then
		verdict = "not offered"
	end
	trial.say("%-8s asked %9.0f  offered %9.0f pps  sent %9d  lost %8d  %7.4f %%  %s", name,
		result.asked, result.offered, result.sent, result.sent - result.received, result.loss, verdict)
	return verdict
end

-- Whether a rate is carried.
local function is_carried(name, pps, seconds, limit)
	local verdict
	for _ = 1, ATTEMPTS do
		verdict = judge(name, trial.run(pps, seconds), limit)
		if verdict ~= "not offered" then
			break
		end
	end
	return verdict == "good"
end

-- The rate (packets a second) and whether a longer trial confirmed it.
local function search(limit)
	pktgen.set("0", "txburst", settings.burst)
	local low, high = 0, math.min(settings.highest, trial.highest_rate())
	local result = trial.run(high, settings.trial)
	if judge("highest", result, limit) == "good" then
		low = high
	else -- more than what came through cannot be carried for long
		high = math.min(high, 1.2 * result.passed + 1000)
	end
	while high > FEWEST and (high - low) * 100 > settings.precision * high do
		local middle = (low + high) / 2
		if is_carried("search", middle, settings.trial, limit) then
			low = middle
		else
			high = middle
		end
	end
	for _ = 1, CONFIRMATIONS do
		if low <= 0 or settings.confirm <= 0 then
			break
		end
		if is_carried("confirm", low, settings.confirm, limit) then
			return low, true
		end
		low = low * 0.9
	end
	return low, false
end

return search
