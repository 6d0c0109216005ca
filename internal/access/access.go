// Package access says who sits at the desk: the members' sessions, the ways
// they sign in, their approval keys, and how members are taken in, recovered
// and let go. There are no other accounts.
package access

import "sangto/internal/desk"

// Seat is a member at work: who it is, in which language, and whether they
// proved within the last minutes that it is still them.
type Seat struct {
	Member desk.Member
	// Lang is the tag of the member's language.
	Lang string
	// Reauthenticated is true for ReauthFor after the member signed in or
	// confirmed. Changes of keys and unsigned approvals need it.
	Reauthenticated bool
}
