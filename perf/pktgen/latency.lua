-- SPDX-License-Identifier: BSD-3-Clause
-- Latency beside traffic at a rate, by Pktgen's latency packets.
--
-- Such a packet has magic number, index and time stamp from byte 48 of the frame on, byte 6 of the
-- UDP payload: over RTP's timestamp and SSRC. The bytes before come from the fill pattern, so this
-- pattern makes an RTP packet of it: version 2, payload type 8, always the same sequence number, an
-- SSRC with the index in it, new with each packet.

local trial = ...
local BEFORE = 10 -- bytes of the 16-byte pattern before byte 42 of the frame, where RTP begins
local PATTERN = string.rep("x", BEFORE) .. "\x80\x08\x12\x34\x01"
local BURST = 4 -- probes go with bursts: few packets in each, or they would measure the burst
local GENERATOR, ENGINE_A, ENGINE_A_MAC = "198.18.1.1/24", "198.18.1.2", "02:00:5e:18:01:02"

local function set_up()
	pktgen.set_ipaddr("0", "src", GENERATOR)
	pktgen.set_ipaddr("0", "dst", ENGINE_A)
	pktgen.set_mac("0", "dst", ENGINE_A_MAC)
	pktgen.set_proto("0", "udp")
	pktgen.userPattern("0", PATTERN)
	pktgen.set("0", "txburst", BURST)
end

-- Samples go to a file of their own, in nanoseconds, one a line.
local function measure(name, pps)
	local file = settings.results .. "." .. name
	set_up()
	pktgen.latency("0,1", "rate", settings.probe_us)
	pktgen.latsampler_params("1", "simple", 10000, 1000000, file)
	trial.say("probing %s", name)
	pktgen.delay(500) -- the session of the probes is put meanwhile
	pktgen.latency("0,1", "on")
	pktgen.latsampler("1", "on")
	local result = trial.run(pps, settings.latency)
	pktgen.latsampler("1", "off")
	pktgen.latency("0,1", "off")
	local probes = pktgen.pktStats("1")[1].latency
	trial.say("latency  at %.0f pps (%s): %d probes, %d gaps between them, lost %d of %d packets",
		pps, name, probes.num_pkts, probes.num_skipped, result.sent - result.received, result.sent)
	trial.say("         us: min %.1f, mean %.1f, max %.1f", probes.min_us, probes.avg_us,
		probes.max_us)
	trial.say("probed %s %s", name, file)
end

return measure
