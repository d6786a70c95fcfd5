/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a received frame, looked at as a worker does (lib/worker/parse.c, receive.c): parse,
 * sort, header views; and as the control thread does with what is punted: answer it. The first byte
 * says what the device has checked, and whether checksums are put right first, so that the code
 * behind them is reached.
 */
#include "fuzz.h"

#include "base/bytes.h"
#include "net/net.h"
#include "rtp/demux.h"
#include "rtp/rtp.h"

#define FRAME_MAX 9000
#define SEAL 0x80

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1};

static void put_sum(uint8_t *at, const uint8_t *data, size_t len, uint32_t pseudo)
{
	uint32_t sum = pseudo;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += sotto_base_get16(data + i);
	if (len & 1)
		sum += (uint32_t)data[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sotto_base_put16(at, (uint16_t)~sum);
}

static void seal4(uint8_t *ip, size_t len)
{
	size_t header = 4u * (ip[0] & 15);
	size_t total = sotto_base_get16(ip + 2);

	if (header < 20 || header > len)
		return;
	sotto_base_put16(ip + 10, 0);
	put_sum(ip + 10, ip, header, 0);
	if (ip[9] != 1 || total > len || total < header + 4)
		return;
	sotto_base_put16(ip + header + 2, 0);
	put_sum(ip + header + 2, ip + header, total - header, 0);
}

/* ICMPv6 right behind the fixed header only: other chains meet a wrong checksum. */
static void seal6(uint8_t *ip, size_t len)
{
	size_t payload = sotto_base_get16(ip + 4);
	uint32_t pseudo = (uint32_t)payload + 58;

	if (ip[6] != 58 || payload < 4 || payload > len - 40)
		return;
	for (size_t i = 8; i < 40; i += 2)
		pseudo += sotto_base_get16(ip + i);
	sotto_base_put16(ip + 42, 0);
	put_sum(ip + 42, ip + 40, payload, pseudo);
}

static void seal(uint8_t *frame, size_t len)
{
	size_t l3 = len >= 18 && sotto_base_get16(frame + 12) == 0x8100 ? 18 : 14;

	if (len >= l3 + 20 && frame[l3] >> 4 == 4)
		seal4(frame + l3, len - l3);
	else if (len >= l3 + 40 && frame[l3] >> 4 == 6)
		seal6(frame + l3, len - l3);
}

/* What the stages behind read: all of it must lie in the payload, which has a block of its own. */
static void look_at_payload(const uint8_t *data, uint32_t len)
{
	uint8_t *payload = fuzz_copy(data, len);
	enum sotto_rtp_class class = sotto_rtp_classify(payload, len);
	struct sotto_rtp rtp;
	uint32_t ssrc;

	fuzz_require(class <= SOTTO_RTP_CLASS_RTCP, "a class of the list");
	fuzz_require(len > 0 || class == SOTTO_RTP_CLASS_NONE, "nothing is of no class");
	if (sotto_rtp_parse(payload, len, &rtp)) {
		fuzz_require(rtp.header_len >= SOTTO_RTP_HEADER_LEN, "header");
		fuzz_require(rtp.header_len <= len, "header inside the packet");
		sotto_rtp_is_not_ciphertext(payload + rtp.header_len, len - rtp.header_len);
	}
	if (sotto_rtcp_parse(payload, len, &ssrc))
		fuzz_require(len >= SOTTO_RTCP_HEADER_LEN, "an RTCP header");
	if (sotto_rtcp_is_compound(payload, len))
		fuzz_require(len >= 4 && len % 4 == 0, "whole words");
	free(payload);
}

static void check_parsed(const uint8_t *frame, uint32_t len, const struct sotto_frame *out)
{
	fuzz_require((uint32_t)out->payload + out->payload_len <= len, "payload in the frame");
	fuzz_require(out->l3 == 14 || out->l3 == 18, "l3");
	fuzz_require(out->vlan <= 4095 && out->dscp <= 63, "vlan and dscp");
	if (out->kind == SOTTO_NET_NEIGHBOR)
		return;
	fuzz_require(out->kind == SOTTO_NET_UDP, "kind");
	fuzz_require(out->family == 4 || out->family == 6, "family");
	fuzz_require(out->src == out->l3 + (out->family == 4 ? 12 : 8), "source address");
	fuzz_require(out->payload >= out->l3 + (out->family == 4 ? 28 : 48), "behind the headers");
	fuzz_require(out->src_port != 0 && out->dst_port != 0, "ports");
	fuzz_require(memcmp(frame, our_mac, sizeof(our_mac)) == 0, "sent to us");
	look_at_payload(frame + out->payload, out->payload_len);
}

static struct sotto_net_local our_address(uint8_t family, uint16_t vlan)
{
	static const uint8_t ip4[4] = {192, 0, 2, 1};
	static const uint8_t ip6[16] = {0x20, 1, 0xd, 0xb8, [13] = 0xaa, [15] = 1};
	struct sotto_net_local local = {.prefix = family == 4 ? 24 : 64, .vlan = vlan};

	sotto_base_addr_set(&local.addr, family, family == 4 ? ip4 : ip6);
	memcpy(local.mac, our_mac, sizeof(our_mac));
	return local;
}

/* On the prefix, or link-local, which is on every link (RFC 4861, 5.1). */
static bool is_on_link(const struct sotto_net_local *local, const struct sotto_addr *addr)
{
	return sotto_base_addr_in_prefix(addr, &local->addr, local->prefix) ||
	       (addr->family == 6 && addr->bytes[0] == 0xfe && addr->bytes[1] >> 6 == 2);
}

static void answer(const uint8_t *frame, uint32_t len, uint8_t family, uint16_t vlan)
{
	struct sotto_net_local local = our_address(family, vlan);
	uint8_t *out = malloc(SOTTO_NET_ANSWER_MAX);
	struct sotto_net_news news;
	size_t n;

	fuzz_require(out, "memory");
	n = sotto_net_answer(&local, frame, len, out, &news);
	fuzz_require(n == 0 || (n >= 42 && n <= SOTTO_NET_ANSWER_MAX), "a whole answer");
	fuzz_require(n == 0 || memcmp(out + 6, our_mac, 6) == 0, "an answer comes from us");
	if (news.addr.family != 0) {
		fuzz_require(news.addr.family == family, "news of the same family");
		fuzz_require(sotto_base_addr_is_unicast(&news.addr), "a neighbour's address");
		fuzz_require((news.mac[0] & 1) == 0 && news.vlan == vlan, "a neighbour's MAC");
		fuzz_require(is_on_link(&local, &news.addr), "on link");
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned flags = size > 0 ? data[0] : 0;
	uint32_t len = size > 0 ? (uint32_t)size - 1 : 0;
	enum sotto_verdict verdict;
	struct sotto_frame out;
	uint8_t *frame;

	if (len > FRAME_MAX)
		return 0;
	frame = fuzz_copy(data + (size > 0), len);
	if (flags & SEAL)
		seal(frame, len);
	verdict = sotto_net_parse(frame, len, our_mac, flags & 3, &out);
	fuzz_require(verdict < SOTTO_VERDICTS, "a verdict of the list");
	if (verdict == SOTTO_OK)
		check_parsed(frame, len, &out);
	if (verdict == SOTTO_OK && out.kind == SOTTO_NET_NEIGHBOR)
		for (uint8_t family = 4; family <= 6; family += 2)
			answer(frame, len, family, out.vlan);
	look_at_payload(frame, len);
	free(frame);
	return 0;
}
