# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts share: messages, clean-up, packages, huge pages, building, network namespaces.
# To be sourced after `set -euo pipefail`. Every function may run twice, and finds its way when a
# killed run left something behind.

SOTTO_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${SOTTO_JOBS:=$(nproc)}" # how many processes compile or test at once

# --- messages -------------------------------------------------------------------------------------

say() {
	printf '%s\n' "$*"
}

warn() {
	printf 'warning: %s\n' "$*" >&2
}

die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

sotto_is_root() {
	[ "$(id -u)" -eq 0 ]
}

# --- clean-up: what is noted here is done at the end of the script, last noted first --------------

SOTTO_DEFERRED=()
SOTTO_DEFERRED_BY= # the shell that noted them; a subshell begins a list of its own

# sotto_defer COMMAND [ARGUMENT...]
sotto_defer() {
	local quoted
	if [ "$SOTTO_DEFERRED_BY" != "$BASHPID" ]; then
		SOTTO_DEFERRED=()
		SOTTO_DEFERRED_BY=$BASHPID
		trap sotto_run_deferred EXIT
		trap 'exit 129' HUP
		trap 'exit 130' INT
		trap 'exit 143' TERM
	fi
	printf -v quoted '%q ' "$@"
	SOTTO_DEFERRED+=("$quoted")
}

# Does what was noted; a step that fails does not keep the others from being done.
sotto_run_deferred() {
	local i
	trap '' HUP INT TERM
	for ((i = ${#SOTTO_DEFERRED[@]} - 1; i >= 0; i--)); do
		eval "${SOTTO_DEFERRED[i]}" || warn "clean-up failed: ${SOTTO_DEFERRED[i]}"
	done
	SOTTO_DEFERRED=()
}

# --- processes ------------------------------------------------------------------------------------

# sotto_start LOG COMMAND...: starts a command in the background, its output in LOG, ended with the
# script at the latest. Its process id is in SOTTO_PID afterwards.
sotto_start() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null &
	SOTTO_PID=$!
	sotto_defer sotto_stop "$SOTTO_PID"
}

# sotto_stop PID [SECONDS]: ends a process that sotto_start started; hard, when it takes longer.
sotto_stop() {
	local pid=$1 seconds=${2:-5}
	[[ " $(jobs -p | xargs) " == *" $pid "* ]] || return 0
	kill -TERM "$pid" 2>/dev/null || return 0
	sotto_wait_for "$seconds" sotto_is_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

sotto_is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# sotto_wait_for SECONDS COMMAND...: until the command succeeds; fails when the time is over.
sotto_wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

# --- packages -------------------------------------------------------------------------------------

# The Debian packages of each purpose; build is what a plain `meson setup` asks for. A leading ?
# marks what we can do without: it is installed where the distribution has it (Debian 13 has no
# clang-format-14).
sotto_packages() {
	case $1 in
	build)
		echo gcc libc6-dev meson ninja-build pkg-config libdpdk-dev libipsec-mb-dev libssl-dev \
			libjansson-dev libevent-dev libinih-dev check libsrtp2-dev
		;;
	tests)
		echo libpcap-dev python3 binutils procps iproute2 ethtool tcpdump '?spin' '?g++' '?relacy-dev'
		;;
	lint)
		echo python3 binutils shellcheck '?clang-format-14'
		;;
	clang)
		echo clang libclang-rt-dev
		;;
	rtpengine)
		echo rtpengine-daemon
		;;
	run)
		echo iproute2 ethtool ffmpeg jq procps kmod
		;;
	*)
		die "no list of packages is named $1"
		;;
	esac
}

sotto_is_installed() {
	[[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]
}

# Whether apt knows a version of the package.
sotto_is_available() {
	[[ $(apt-cache policy "$1" 2>/dev/null) =~ Candidate:\ [^\(] ]]
}

sotto_has_lists() {
	[ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print -quit 2>/dev/null)" ]
}

# apt-get without questions and without its long reports; errors are shown.
sotto_apt_get() {
	DEBIAN_FRONTEND=noninteractive apt-get -y -qq \
		-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}

# sotto_install_packages LIST...: what of these lists (sotto_packages) is missing. Does not call apt
# when nothing is; without root it returns 1 and prints the command that somebody has to run.
sotto_install_packages() {
	local list name missing=() optional=()
	command -v dpkg-query >/dev/null || {
		warn "this is not Debian; packages wanted: $(for list; do sotto_packages "$list"; done | xargs)"
		return 1
	}
	for name in $(for list; do sotto_packages "$list"; done); do
		sotto_is_installed "${name#\?}" && continue
		case $name in
		\?*) optional+=("${name#\?}") ;;
		*) missing+=("$name") ;;
		esac
	done
	[ $((${#missing[@]} + ${#optional[@]})) -gt 0 ] || return 0
	if ! sotto_is_root; then
		[ ${#missing[@]} -gt 0 ] || return 0
		warn "packages are missing; as root: apt-get install --no-install-recommends ${missing[*]}"
		return 1
	fi
	sotto_has_lists || sotto_apt_get update || return 1
	for name in "${optional[@]}"; do
		if sotto_is_available "$name"; then
			missing+=("$name")
		else
			say "$name is not in this distribution; going on without"
		fi
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	say "installing ${missing[*]} (this can take minutes)"
	# lists that are too old name packages that the mirror no longer has
	sotto_apt_get install --no-install-recommends "${missing[@]}" ||
		{ sotto_apt_get update && sotto_apt_get install --no-install-recommends "${missing[@]}"; }
}

# sotto_without_services COMMAND...: packages that the command installs do not start their services
# (policy-rc.d is what invoke-rc.d and deb-systemd-invoke ask).
sotto_without_services() {
	local policy=/usr/sbin/policy-rc.d status=0
	[ -e "$policy" ] || {
		sotto_defer rm -f "$policy"
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
	}
	"$@" || status=$?
	return "$status"
}

# --- huge pages -----------------------------------------------------------------------------------

SOTTO_NR_HUGEPAGES=/proc/sys/vm/nr_hugepages

sotto_free_hugepages() {
	awk '/^HugePages_Free:/ { print $2 }' /proc/meminfo
}

# sotto_hugepages COUNT: sees to it that so many 2 MiB pages are free, as far as the kernel gives
# them; how many are free then is in SOTTO_HUGEPAGES, 0 meaning: run with --no-huge. A number that
# was raised is put back at the end of the script.
sotto_hugepages() {
	local wanted=$1 before
	SOTTO_HUGEPAGES=$(sotto_free_hugepages)
	SOTTO_HUGEPAGES=${SOTTO_HUGEPAGES:-0}
	if [ "$SOTTO_HUGEPAGES" -lt "$wanted" ] && [ -w "$SOTTO_NR_HUGEPAGES" ] &&
		grep -q '^Hugepagesize: *2048 kB' /proc/meminfo; then
		before=$(<"$SOTTO_NR_HUGEPAGES")
		sotto_defer sotto_put_hugepages "$before"
		sotto_put_hugepages $((before + wanted - SOTTO_HUGEPAGES))
		SOTTO_HUGEPAGES=$(sotto_free_hugepages)
	fi
	if [ "$SOTTO_HUGEPAGES" -ge "$wanted" ]; then
		say "huge pages: $SOTTO_HUGEPAGES of 2 MiB are free"
	elif [ "$SOTTO_HUGEPAGES" -gt 0 ]; then
		say "huge pages: only $SOTTO_HUGEPAGES of $wanted could be had"
	else
		say "huge pages: none could be had, going on without"
	fi
}

# The kernel gives as many as it can; that it gives fewer is no error of ours.
sotto_put_hugepages() {
	{ echo "$1" >"$SOTTO_NR_HUGEPAGES"; } 2>/dev/null || true
}

# --- building -------------------------------------------------------------------------------------

# sotto_build DIRECTORY [MESON-OPTION...]: configures when that is needed, then compiles, with the
# compiler that $CC names. A directory that was configured otherwise, by another version of Meson,
# or by a run that was killed, is configured anew.
sotto_build() {
	local dir=$1 noted=$1/.sotto-options wanted
	shift
	wanted=$(printf '%s\n' "meson $(meson --version)" "CC=${CC:-}" "$@")
	if [ ! -f "$dir/build.ninja" ] || [ ! -f "$noted" ] || [ "$(<"$noted")" != "$wanted" ]; then
		[ ! -d "$dir/meson-private" ] || say "configuring $dir anew"
		rm -rf "$dir/meson-private" "$dir/meson-info" "$dir/build.ninja" "$noted"
		meson setup "$dir" "$SOTTO_ROOT" "$@" </dev/null || return 1
		printf '%s\n' "$wanted" >"$noted"
	fi
	ninja -C "$dir" -j "$SOTTO_JOBS" </dev/null
}

# --- network namespaces ---------------------------------------------------------------------------

# Every namespace's name begins so, so that what is ours can be told from what is not.
: "${SOTTO_NETNS_PREFIX:=sotto-}"

# Whether this kernel lets us make namespaces and veth pairs; prints why when not.
sotto_can_network() {
	local probe="${SOTTO_NETNS_PREFIX}probe$$"
	sotto_is_root || { say "not root"; return 1; }
	command -v ip >/dev/null || { say "iproute2 is not installed"; return 1; }
	ip netns add "$probe" 2>/dev/null || { say "no network namespaces here"; return 1; }
	ip -n "$probe" link add probe0 type veth peer name probe1 2>/dev/null ||
		{ ip netns del "$probe"; say "no veth devices here"; return 1; }
	ip netns del "$probe"
}

# sotto_netns_add NAME: makes the namespace PREFIX+NAME, in place of one that was left behind. No
# duplicate address detection and no router advertisements: addresses work at once and stay ours.
sotto_netns_add() {
	local ns=$SOTTO_NETNS_PREFIX$1 which
	sotto_netns_del "$1"
	ip netns add "$ns"
	sotto_defer sotto_netns_del "$1"
	ip -n "$ns" link set lo up
	[ -d /proc/sys/net/ipv6 ] || return 0
	for which in all default; do
		sotto_in "$1" sysctl -q -w "net.ipv6.conf.$which.accept_dad=0" \
			"net.ipv6.conf.$which.dad_transmits=0" "net.ipv6.conf.$which.accept_ra=0"
	done
}

# Ends what still runs in the namespace, and removes it with its devices.
sotto_netns_del() {
	local ns=$SOTTO_NETNS_PREFIX$1 pid
	[ -e "/run/netns/$ns" ] || return 0
	for pid in $(ip netns pids "$ns"); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	# a mount that a killed run left without a namespace behind it cannot be deleted, only removed
	ip netns del "$ns" 2>/dev/null || rm -f "/run/netns/$ns"
}

# sotto_in NAME COMMAND...: runs a command in the namespace; NAME - is where the script runs.
sotto_in() {
	local ns=$1
	shift
	if [ "$ns" = - ]; then "$@"; else ip netns exec "$SOTTO_NETNS_PREFIX$ns" "$@"; fi
}

# sotto_veth_add NS-A IF-A NS-B IF-B [QUEUES]: a veth pair between two namespaces (- is where the
# script runs), with that many receive and transmit queues at both ends.
sotto_veth_add() {
	local ns_a=$1 if_a=$2 ns_b=$3 if_b=$4 queues=${5:-1}
	sotto_link_del "$ns_a" "$if_a"
	sotto_link_del "$ns_b" "$if_b"
	sotto_in "$ns_a" ip link add "$if_a" numrxqueues "$queues" numtxqueues "$queues" type veth \
		peer name "$if_b" numrxqueues "$queues" numtxqueues "$queues" \
		netns "$(sotto_netns_of "$ns_b")"
	sotto_defer sotto_link_del "$ns_a" "$if_a"
}

# What `ip link set ... netns` takes for a namespace: its name, or a process that is in it.
sotto_netns_of() {
	if [ "$1" = - ]; then echo $$; else echo "$SOTTO_NETNS_PREFIX$1"; fi
}

sotto_link_del() {
	[ "$1" = - ] || [ -e "/run/netns/$SOTTO_NETNS_PREFIX$1" ] || return 0
	sotto_in "$1" ip link show "$2" >/dev/null 2>&1 || return 0
	sotto_in "$1" ip link del "$2"
}

# sotto_link_up NS IF MAC [ADDRESS/PREFIX...]: gives a device its addresses and brings it up.
# Offloads go off because AF_XDP and AF_PACKET see a packet before the kernel has filled in its
# checksum, and a receiver that checks would drop it.
sotto_link_up() {
	local ns=$1 dev=$2 mac=$3 address nodad
	shift 3
	sotto_in "$ns" ethtool -K "$dev" tx off rx off >/dev/null 2>&1 ||
		warn "$dev keeps its checksum offload"
	sotto_in "$ns" ip link set "$dev" address "$mac" up
	for address; do
		nodad=
		[[ $address != *:* ]] || nodad=nodad
		sotto_in "$ns" ip address replace "$address" dev "$dev" ${nodad:+"$nodad"}
	done
}
