/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers on the way out: bytes by hand, and the way back through the parser. */
#include "frames.h"

static void set_endpoint(struct sotto_endpoint *ep, uint8_t family, const char *ip, uint16_t port)
{
	memset(ep, 0, sizeof(*ep));
	ep->addr.family = family;
	hex_read(ip, ep->addr.bytes);
	ep->port = port;
}

/* From the peer to us, so that our parser takes it. */
static struct sotto_net_path path_to_us(uint8_t family, uint16_t vlan)
{
	struct sotto_net_path path = {.vlan = vlan, .ttl = 61, .dscp = 46};

	hex_read(PEER_MAC, path.src_mac);
	hex_read(OUR_MAC, path.dst_mac);
	set_endpoint(&path.src, family, family == 4 ? PEER_IP4 : PEER_IP6, 4000);
	set_endpoint(&path.dst, family, family == 4 ? OUR_IP4 : OUR_IP6, 5004);
	return path;
}

static uint8_t fill(unsigned i)
{
	return (uint8_t)(i * 31 + (i >> 8) + 5);
}

/* Builds and completes a frame with that much payload in a buffer of exactly its size. */
static void build(struct frame *f, const struct sotto_net_path *path, unsigned payload)
{
	uint8_t header[SOTTO_NET_HEADER_MAX];
	size_t header_len = sotto_net_header_build(path, header);
	uint8_t *exact = malloc(header_len + payload);

	ck_assert_ptr_nonnull(exact);
	ck_assert_uint_le(header_len, SOTTO_NET_HEADER_MAX);
	memcpy(exact, header, header_len);
	for (unsigned i = 0; i < payload; i++)
		exact[header_len + i] = fill(i);
	sotto_net_header_finish(exact, header_len, payload);
	memset(f, 0, sizeof(*f));
	f->len = (uint32_t)header_len + payload;
	memcpy(f->bytes, exact, f->len);
	free(exact);
}

static void expect_bytes(const struct frame *f, const char *want)
{
	struct frame expected;

	frame_hex(&expected, want);
	ck_assert_uint_eq(f->len, expected.len);
	ck_assert_mem_eq(f->bytes, expected.bytes, f->len);
}

START_TEST(test_template_bytes)
{
	struct sotto_net_path path = path_to_us(4, 0);
	uint8_t want[SOTTO_NET_HEADER_MAX];
	uint8_t out[SOTTO_NET_HEADER_MAX];

	memset(out, 0xee, sizeof(out));
	ck_assert_uint_eq(sotto_net_header_build(&path, out), 42);
	hex_read(OUR_MAC PEER_MAC "0800 45b8 0000 0000 4000 3d11 0000" PEER_IP4 OUR_IP4
				  "0fa0 138c 0000 0000",
		want);
	ck_assert_mem_eq(out, want, 42);
	path = path_to_us(6, 4094);
	memset(out, 0xee, sizeof(out));
	ck_assert_uint_eq(sotto_net_header_build(&path, out), 66);
	hex_read(OUR_MAC PEER_MAC "8100 0ffe 86dd 6b800000 0000 113d" PEER_IP6 OUR_IP6
				  "0fa0 138c 0000 0000",
		want);
	ck_assert_mem_eq(out, want, 66);
}
END_TEST

START_TEST(test_finished_bytes)
{
	struct sotto_net_path path = path_to_us(4, 100);
	struct frame f;

	build(&f, &path, 3);
	expect_bytes(&f,
		OUR_MAC PEER_MAC "8100 0064 0800 45b8 001f 0000 4000 3d11 0000" PEER_IP4 OUR_IP4
				 "0fa0 138c 000b 0000 052443");
	path = path_to_us(6, 0);
	build(&f, &path, 4);
	expect_bytes(&f, OUR_MAC PEER_MAC "86dd 6b800000 000c 113d" PEER_IP6 OUR_IP6
					  "0fa0 138c 000c 0000 05244362");
}
END_TEST

static void check_round_trip(const struct sotto_net_path *path, unsigned payload)
{
	struct sotto_frame out;
	struct frame f;

	build(&f, path, payload);
	ck_assert_int_eq(frame_parse_part(&f, f.len, 0, &out), SOTTO_OK);
	ck_assert_uint_eq(out.family, path->src.addr.family);
	ck_assert_uint_eq(out.vlan, path->vlan);
	ck_assert_uint_eq(out.ttl, path->ttl);
	ck_assert_uint_eq(out.dscp, path->dscp);
	ck_assert_uint_eq(out.src_port, path->src.port);
	ck_assert_uint_eq(out.dst_port, path->dst.port);
	ck_assert_uint_eq(out.payload + out.payload_len, f.len);
	ck_assert_uint_eq(out.payload_len, payload);
	ck_assert_mem_eq(
		f.bytes + out.src, path->src.addr.bytes, path->src.addr.family == 4 ? 4 : 16);
	for (unsigned i = 0; i < payload; i++)
		require(f.bytes[out.payload + i] == fill(i), "payload is left alone");
}

START_TEST(test_round_trip_of_every_length)
{
	static const unsigned large[] = {1472, 1473, 8972, 65507};
	static const uint16_t vlans[] = {0, 1, 4095};

	for (size_t v = 0; v < sizeof(vlans) / sizeof(vlans[0]); v++) {
		struct sotto_net_path path = path_to_us(_i ? 6 : 4, vlans[v]);

		for (unsigned payload = 0; payload <= 300; payload++)
			check_round_trip(&path, payload);
		for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++)
			check_round_trip(&path, large[i]);
	}
}
END_TEST

START_TEST(test_round_trip_of_every_dscp_and_ttl)
{
	struct sotto_net_path path = path_to_us(_i ? 6 : 4, 5);

	for (unsigned i = 0; i < 256; i++) {
		path.dscp = i % 64;
		path.ttl = (uint8_t)i;
		path.src.port = (uint16_t)(251 * i + 1);
		path.dst.port = (uint16_t)(65535 - 256 * i);
		check_round_trip(&path, 20);
	}
}
END_TEST

/* Setting the DSCP later gives the header that would have been built with it at once. */
START_TEST(test_set_dscp)
{
	for (uint16_t vlan = 0; vlan < 2; vlan++) {
		struct sotto_net_path path = path_to_us(_i ? 6 : 4, vlan);
		uint8_t changed[SOTTO_NET_HEADER_MAX], want[SOTTO_NET_HEADER_MAX];
		size_t len = sotto_net_header_build(&path, changed);

		for (path.dscp = 0; path.dscp < 64; path.dscp++) {
			sotto_net_header_set_dscp(changed, path.dscp);
			ck_assert_uint_eq(sotto_net_header_build(&path, want), len);
			ck_assert_mem_eq(changed, want, len);
		}
	}
}
END_TEST

/* The bytes from a finished frame give themselves again: stale lengths and checksums do no harm. */
START_TEST(test_finish_twice)
{
	struct sotto_net_path path = path_to_us(_i ? 6 : 4, 5);
	struct frame f, again;

	build(&f, &path, 77);
	memcpy(&again, &f, sizeof(again));
	sotto_net_header_finish(again.bytes, again.len - 77, 77);
	ck_assert_mem_eq(f.bytes, again.bytes, f.len);
	sotto_net_header_finish(again.bytes, again.len - 77, 20);
	sotto_net_header_finish(again.bytes, again.len - 77, 77);
	ck_assert_mem_eq(f.bytes, again.bytes, f.len);
}
END_TEST

/* A computed checksum of zero is sent as 0xffff, in both families (RFC 768; RFC 8200, 8.1). */
START_TEST(test_zero_is_sent_as_ones)
{
	struct sotto_net_path path = path_to_us(_i ? 6 : 4, 0);
	struct frame f;
	uint32_t udp;

	build(&f, &path, 40);
	udp = f.len - 48;
	frame_set16(&f, udp + 8, 0);
	sotto_net_header_finish(f.bytes, udp + 8, 40);
	memcpy(f.bytes + udp + 8, f.bytes + udp + 6, 2);
	sotto_net_header_finish(f.bytes, udp + 8, 40);
	ck_assert_uint_eq(f.bytes[udp + 6], 0xff);
	ck_assert_uint_eq(f.bytes[udp + 7], 0xff);
	frame_expect(&f, 0, SOTTO_OK, "0xffff");
}
END_TEST

/* Every 16-bit value of a payload word against the slow routine: each checksum occurs. */
START_TEST(test_every_checksum)
{
	struct sotto_net_path path = path_to_us(_i ? 6 : 4, 0);
	struct frame f, expected;

	build(&f, &path, 2);
	memcpy(&expected, &f, sizeof(f));
	for (unsigned value = 0; value <= 0xffff; value++) {
		frame_set16(&f, f.len - 2, (uint16_t)value);
		frame_set16(&expected, f.len - 2, (uint16_t)value);
		sotto_net_header_finish(f.bytes, f.len - 2, 2);
		frame_seal(&expected);
		require(memcmp(f.bytes, expected.bytes, f.len) == 0, "as by the slow routine");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/header");
	TCase *tc = tcase_create("header");

	tcase_add_test(tc, test_template_bytes);
	tcase_add_test(tc, test_finished_bytes);
	tcase_add_loop_test(tc, test_round_trip_of_every_length, 0, 2);
	tcase_add_loop_test(tc, test_round_trip_of_every_dscp_and_ttl, 0, 2);
	tcase_add_loop_test(tc, test_set_dscp, 0, 2);
	tcase_add_loop_test(tc, test_finish_twice, 0, 2);
	tcase_add_loop_test(tc, test_zero_is_sent_as_ones, 0, 2);
	tcase_add_loop_test(tc, test_every_checksum, 0, 2);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
