// Package embed asks an embedder on this machine for vectors of texts: a server
// of the operator's that speaks the OpenAI or the Ollama protocol and listens
// on a literal loopback address or a unix socket. Any other address is refused
// before anything is sent, since what a person pastes never leaves the machine.
//
// What the server answers is not trusted: size, count, dimension and every
// number are checked.
package embed

import (
	"net/netip"
	"path"
	"strings"

	"sangto/internal/desk"
)

// Endpoint is where an embedder listens: a loopback address or the path of a
// socket. The zero value is none; ParseEndpoint makes one.
type Endpoint struct {
	network, address string
}

// socketPathMax is what the address of a socket holds on Linux, less the zero
// byte at its end.
const socketPathMax = 107

// ParseEndpoint reads http://127.0.0.1:PORT, with any address of 127.0.0.0/8,
// http://[::1]:PORT, or unix:/PATH. Everything else is a *desk.Error of kind
// Invalid with key config.error.embed_address: names, "localhost" among them,
// because a name is looked up and may come to mean another machine; addresses
// that are not written as such; other schemes; a name, password, path, query
// or zone.
func ParseEndpoint(s string) (Endpoint, error) {
	refused := &desk.Error{
		Kind: desk.Invalid, Op: "read the embedder's address", Key: "config.error.embed_address",
		Args: map[string]any{"URL": withoutPassword(s)},
	}
	if socket, ok := strings.CutPrefix(s, "unix:"); ok {
		if rest, ok := strings.CutPrefix(socket, "///"); ok {
			socket = "/" + rest
		}
		if len(socket) > socketPathMax || !strings.HasPrefix(socket, "/") || path.Clean(socket) != socket || socket == "/" ||
			strings.ContainsFunc(socket, control) {
			return Endpoint{}, refused
		}
		return Endpoint{network: "unix", address: socket}, nil
	}
	host, ok := strings.CutPrefix(s, "http://")
	if !ok {
		return Endpoint{}, refused
	}
	// netip reads addresses in their usual form only: no name, no hexadecimal,
	// octal or single number, which some resolvers take for an address.
	addr, err := netip.ParseAddrPort(strings.TrimSuffix(host, "/"))
	if err != nil || addr.Port() == 0 || !literalLoopback(addr.Addr()) {
		return Endpoint{}, refused
	}
	return Endpoint{network: "tcp", address: addr.String()}, nil
}

// literalLoopback refuses an IPv4 address in IPv6 clothes and one with a zone:
// both have more than one reading.
func literalLoopback(a netip.Addr) bool {
	return a.IsLoopback() && !a.Is4In6() && a.Zone() == ""
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// withoutPassword cuts what may be a password out of a refused address, which
// is shown to whoever started the program.
func withoutPassword(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	scheme, _, ok := strings.Cut(s[:at], "//")
	if !ok {
		return "…" + s[at:]
	}
	return scheme + "//…" + s[at:]
}

// String returns the address as it is dialled.
func (e Endpoint) String() string { return e.network + " " + e.address }
