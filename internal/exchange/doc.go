// Package exchange reads what other desks publish, ClaimReview in JSON-LD or
// in a web page, answers of the Google Fact Check Tools API and CSV, into
// plain values, and keeps an item only if it is a published check: a claim, a
// verdict in the publisher's words, an organisation as publisher and an https
// address on that publisher's own site.
//
// Every input is taken to be hostile. It is read as a stream, record by
// record, under caps on the size of the input, the size of a record, depth
// and number of tokens; nothing named in it is fetched, no entity of its own
// making is expanded, no type or context it declares is believed. Whatever it
// says about the people who made, spread or wrote a claim (itemReviewed,
// appearance, claimant, sameAs, a personal author) is never looked at: Item
// has no field that could hold it.
//
// Values are safe for use by one goroutine at a time; separate calls of Read
// share nothing.
package exchange
