// Package redact takes personal identifiers out of text that a person pasted
// and leaves typed placeholders: "gọi 0912 345 678" becomes "gọi [phone]".
//
// It is for the moment before anything is kept. Where it cannot tell, it
// redacts: a lost figure costs a desk a question, a kept number can cost a
// person much more. What it keeps on purpose is what messages are checked by:
// amounts, dates, numbers of decrees, and the service numbers that belong to
// nobody (113, 114, 115, 1800 and 1900).
//
// # What goes
//
//	[phone]    mobile, fixed and foreign numbers
//	[email]    addresses, also written with (at), [dot], "a còng", "chấm"
//	[id]       CCCD, CMND, passport, tax and insurance numbers
//	[account]  bank accounts, wallets
//	[number]   any other number of eight digits or more
//	[handle]   @name, and "fb: name.123"
//	[profile]  addresses of social networks, whole
//	[sender]   who sent, posted or forwarded: chat export headers, mail headers,
//	           "Chuyển tiếp từ …", "— Name (@name) May 5"
//	[plate]    number plates
//
// What cannot be found reliably stays: the names of people standing free in a
// sentence, and addresses. Hints points at what looks like them, so that the
// person who pasted can take them out.
//
// # How
//
// The text is brought to viet.Canonical first, so that full-width digits,
// styled letters and zero-width characters are no hiding place. Rules then look
// at a shadow of it, one byte for each character, in lower case and without
// diacritics: every rule works on "số tài khoản", "so tai khoan" and the
// decomposed form alike. What one rule takes is masked for the next, and
// placeholders already there count as taken. The rules are written by hand
// rather than as regular expressions because each may look only so far, which
// keeps the work linear in the input.
//
// All functions are safe for concurrent use and accept any bytes.
package redact
