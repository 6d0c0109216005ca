// Package source says what an address tells about a source: its normal form,
// which other addresses lead to the same page, whether its host is one on
// which anybody has an account, whether it is a public web archive, and, as a
// hint, which newsrooms belong to one owner.
//
// What it knows of hosts stands in hosts.txt, which a reader without Go can
// extend. There is no list of unwelcome sources in it and no function to ask
// for one: every organisation may be cited from any host. The one thing that
// is refused is a private person's post, and what says so is a member's
// declaration (desk.ByPerson), not the host.
//
// The package is pure and safe for concurrent use.
package source
