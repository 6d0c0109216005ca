// Package gate is what stands before every public handler: response headers
// and the content security policy, the refusal of requests that say who sent
// them, form tokens, the reading of form bodies, rate limits, lanes, padding,
// and the limits of the HTTP server itself.
//
// The package keeps a promise by construction rather than by care. Public
// hands a handler a request from which everything that could tell one visitor
// from another has been removed: no peer address, no cookie, no User-Agent,
// no Accept-Language, no Referer. What the rate limits need of an address is
// a /24 or /56 prefix under a keyed hash whose key lives for about an hour in
// memory. Nothing here writes to disk, and no log line says anything about a
// request.
//
// The usual order is
//
//	g.Public(gate.Form, g.Lane(gate.AskLane, handler))
//
// because Public holds the finished response in memory until the lane is free
// again: a slow reader then occupies a connection and not a place in the lane.
package gate
