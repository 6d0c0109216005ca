package fetch

import "net/netip"

// The networks that are not public although their addresses look global. For
// IPv6 everything outside 2000::/3 is refused before this list is asked: that
// covers ::, ::1, v4-mapped and v4-compatible addresses, 64:ff9b::/96 and
// 64:ff9b:1::/48 (NAT64), 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10
// and ff00::/8.
func closed() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),         // this network
		netip.MustParsePrefix("10.0.0.0/8"),        // private
		netip.MustParsePrefix("100.64.0.0/10"),     // shared by carriers; one cloud's metadata
		netip.MustParsePrefix("127.0.0.0/8"),       // loopback
		netip.MustParsePrefix("168.63.129.16/32"),  // another cloud's metadata, in public space
		netip.MustParsePrefix("169.254.0.0/16"),    // link-local, metadata
		netip.MustParsePrefix("172.16.0.0/12"),     // private
		netip.MustParsePrefix("192.0.0.0/24"),      // protocol assignments
		netip.MustParsePrefix("192.0.2.0/24"),      // documentation
		netip.MustParsePrefix("192.88.99.0/24"),    // 6to4 relays, withdrawn
		netip.MustParsePrefix("192.168.0.0/16"),    // private
		netip.MustParsePrefix("198.18.0.0/15"),     // benchmarks
		netip.MustParsePrefix("198.51.100.0/24"),   // documentation
		netip.MustParsePrefix("203.0.113.0/24"),    // documentation
		netip.MustParsePrefix("224.0.0.0/4"),       // multicast
		netip.MustParsePrefix("240.0.0.0/4"),       // reserved, broadcast
		netip.MustParsePrefix("2001::/23"),         // protocol assignments: Teredo, ORCHID, benchmarks
		netip.MustParsePrefix("2001:db8::/32"),     // documentation
		netip.MustParsePrefix("2002::/16"),         // 6to4, which carries any IPv4 address
		netip.MustParsePrefix("3ffe::/16"),         // 6bone, withdrawn
		netip.MustParsePrefix("3fff::/20"),         // documentation
		netip.MustParsePrefix("2620:4f:8000::/48"), // AS112, a sink
	}
}

// Public reports whether an address is one of the public internet. IPv4
// addresses written as IPv6 are not, whatever they stand for, nor is anything
// with a zone.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	if a.Is6() && (!netip.MustParsePrefix("2000::/3").Contains(a) || tunnel(a)) {
		return false
	}
	for _, p := range closed() {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// tunnel reports whether the interface part of an IPv6 address is that of
// ISATAP (RFC 5214), behind which stands any IPv4 address.
func tunnel(a netip.Addr) bool {
	b := a.As16()
	return b[8]&^0x02 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}
