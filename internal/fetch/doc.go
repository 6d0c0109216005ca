// Package fetch is the only door through which the program calls out: it gets
// one page of the public web for a member who entered its address, and nothing
// else. It keeps nothing, sends no cookie, no referrer and no name of its own,
// and takes no proxy from the environment.
//
// The guard stands where a connection is made, on the address that was really
// resolved (net.Dialer.ControlContext), so that no spelling of a host, no
// answer of a name server and no redirect reaches an address that is not
// public. What an address is for is in RFC 6890, RFC 8190 and the registries
// that they point to.
//
// A Client is safe for concurrent use.
package fetch
