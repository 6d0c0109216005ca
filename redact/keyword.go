package redact

import (
	"strings"

	"sangto/viet"
)

// A topic is what a word before a number says about it.
type topic uint8

const (
	noTopic topic = iota
	// accountTopic words announce an account number. payTopic words often do,
	// but go with amounts as well: "chuyển khoản 500.000".
	accountTopic
	payTopic
	// idTopic words announce a personal number; proofTopic words are everyday
	// words that may ("chứng minh").
	idTopic
	proofTopic
	phoneTopic
)

// topics lists the words. They are found without diacritics, but a single word
// that has some in the text must have the right ones: "bóng chuyền" announces
// no transfer. In a phrase the words around vouch for each other.
var topics = topicTable(map[topic]string{
	accountTopic: `stk, số tk, số tài khoản, tài khoản, tk, ctk, account number, account no, bank account, account, acc no, acct, sotk, tknh, số thẻ atm, thẻ atm, iban`,
	payTopic: `chuyển khoản, ck, chuyển tiền, chuyển, momo, zalopay, zalo pay, viettelpay, viettel money, shopeepay, vnpay, banking, ngân hàng, bank, nộp vào, nạp vào,
		vietcombank, vcb, techcombank, tcb, bidv, agribank, vbard, vietinbank, vtb, ctg, mbbank, mb, acb, sacombank, stb, vpbank, tpbank, vib, shb, hdbank, ocb,
		msb, scb, seabank, eximbank, lienvietpostbank, lpbank, liên việt, namabank, nam á bank, bacabank, bắc á bank, pvcombank, abbank, vietbank, kienlongbank, ncb,
		pgbank, saigonbank, oceanbank, bảo việt bank, cake, timo, donate, ủng hộ, quyên góp, transfer to, wire, paypal`,
	idTopic: `cccd, cmnd, cmt, cmtnd, căn cước, căn cước công dân, định danh, mã định danh, hộ chiếu, passport, mst, mã số thuế, mã số doanh nghiệp, msdn, msthuế, bhxh, bhyt, số thẻ, mã thẻ,
		thẻ căn cước, số bảo hiểm, bảo hiểm xã hội, bảo hiểm y tế, bảo hiểm, gplx, bằng lái, giấy phép lái xe, số hộ khẩu, id number, id no, id card, identity card,
		citizen id, national id, tax code, tax id, social insurance, health insurance, insurance number, driver license, licence no, license no, ssn, id, thẻ sinh viên, mssv`,
	proofTopic: `chứng minh, chứng minh thư, chứng minh nhân dân, giấy tờ, card number, card no, card, visa, mastercard, mã vạch`,
	phoneTopic: `sđt, sdt, số đt, sđthoại, đt, điện thoại, số điện thoại, đtdđ, dd, di động, zalo, gọi, liên hệ, lh, liên lạc, hotline, tel, phone, mobile, cell, call, sms,
		nhắn tin, alo, whatsapp, viber, telegram, contact, ib, inbox, ring, text, số máy, máy bàn, fax, phone number, dial, nt, add`,
})

// A notice is the topic of a phrase, with its spelling.
type notice struct {
	topic  topic
	spelt  string
	single bool
}

func topicTable(lists map[topic]string) map[string]notice {
	table := map[string]notice{}
	for t, list := range lists {
		for _, w := range strings.Split(list, ",") {
			words := strings.Fields(w)
			spelt := strings.Join(words, " ")
			folded := viet.Fold(spelt)
			if spelt != folded || table[folded].topic == noTopic {
				table[folded] = notice{t, spelt, len(words) == 1}
			}
		}
	}
	return table
}

// topicReach is how far before a number its word may stand, in characters.
const topicReach = 30

// phraseMax is the most words a phrase of topics has.
const phraseMax = 4

// topicBefore returns the topic of the nearest word that has one in the
// topicReach characters before i. Nothing that was taken may stand between: a
// word belongs to the first number after it. A placeholder right before i
// passes its topic on, so that every number of a list is found.
func (p *page) topicBefore(i int) topic {
	at := i
	for at > 0 && i-at <= topicReach {
		at = p.wordBack(at)
		if p.at(at-1) == taken {
			return p.topicOf(at, i)
		}
		end := at
		for at > 0 && wordy(p.f[at-1]) {
			at--
		}
		if at == end {
			return noTopic
		}
		if t := p.topicEnding(end); t != noTopic {
			return t
		}
	}
	return noTopic
}

// wordBack returns the end of the last word that ends at or before i.
func (p *page) wordBack(i int) int {
	for i > 0 && !wordy(p.f[i-1]) && p.f[i-1] != taken {
		i--
	}
	return i
}

// topicOf returns the topic that the placeholder before end passes on to what
// follows it at i: that of an account or a personal number, across the
// separators and conjunctions of a list.
func (p *page) topicOf(end, i int) topic {
	const listMax = 8
	if i-end > listMax {
		return noTopic
	}
	switch strings.Trim(string(p.f[end:i]), " ,;/-+&:") {
	case "", "hoac", "va", "hay", "or", "and":
	default:
		return noTopic
	}
	for n := len(p.spans) - 1; n >= 0; n-- {
		if p.spans[n].end == end {
			return topicOfKind(p.spans[n].kind)
		}
	}
	text := p.original(max(end-markMax, 0), end)
	for i, mark := range marks {
		if strings.HasSuffix(text, mark) {
			return topicOfKind(kinds[i])
		}
	}
	return noTopic
}

// markMax is the length of the longest placeholder.
const markMax = 9

func topicOfKind(k Kind) topic {
	switch k {
	case Account:
		return accountTopic
	case ID:
		return idTopic
	}
	return noTopic
}

// topicEnding returns the topic of the longest phrase that ends at end.
func (p *page) topicEnding(end int) topic {
	found := noTopic
	var buf [64]byte
	n := len(buf) // the phrase is built from its end
	at := end
	for range phraseMax {
		start := at
		for start > 0 && wordy(p.f[start-1]) {
			start--
		}
		if start == at || n-(at-start)-1 < 0 {
			break
		}
		n -= at - start
		copy(buf[n:], p.f[start:at])
		if t := topics[string(buf[n:])]; t.topic != noTopic && (!t.single || p.spelt(start, end, t.spelt)) {
			found = t.topic
		}
		if start == 0 || p.f[start-1] != ' ' {
			break
		}
		n--
		buf[n] = ' '
		at = start - 1
	}
	return found
}

// spelt reports whether the text between two positions is the word, or has no
// diacritics at all.
func (p *page) spelt(start, end int, word string) bool {
	text := viet.Lower(p.original(start, end))
	return text == word || text == string(p.f[start:end])
}

// units follow an amount. Like topics they are found without diacritics, and
// must have the right ones if they have any.
var units = unitTable(`đồng, đ, vnđ, vnd, tỷ, tỉ, triệu, tr, nghìn, ngàn, k, usd, đô, đôla, dollar, dollars, euro, euros, eur, yên, yen, won, ndt, gbp, jpy, aud, usdt, btc,
	người, ca, km, m, met, mét, km2, m2, m3, ha, hecta, tấn, tạ, kg, g, mg, lít, ml, mw, kw, kwh, mwh, gwh, lượt, hộ, học, sinh, lao, cổ, cp, liều, mũi, phiếu,
	tuổi, lần, vụ, view, views, like, likes, follower, followers, share, shares, sub, subs, million, billion, thousand, trillion, people, cases, deaths, doses,
	votes, years, tons, tonnes, meters, metres, miles, hectares, households, workers, students, patients, tests, units, copies, employees, customers, percent, feet`)

// bareless are units whose form without diacritics is mostly another word.
var bareless = map[string]bool{"đô": true, "lần": true, "vụ": true, "cổ": true, "tạ": true, "tỉ": true, "sinh": true, "hộ": true}

func unitTable(list string) map[string]string {
	table := map[string]string{}
	for _, w := range strings.Split(list, ",") {
		w = strings.TrimSpace(w)
		if folded := viet.Fold(w); table[folded] == "" || bareless[table[folded]] {
			table[folded] = w
		}
	}
	return table
}

// unitAfter reports whether a unit or a sign of money or share follows i, and
// whether it can be nothing else: a word with diacritics, or a sign.
func (p *page) unitAfter(i int) (found, exact bool) {
	at := p.skip(i, " /", 2)
	switch p.at(at) {
	case '%', '$':
		return true, true
	case symbol:
		found := p.currency(at)
		return found, found
	}
	end := p.wordEnd(at, 16)
	// đ/c is an address, d.o.b a date of birth, ngan hang a bank.
	if end-at == 1 && (p.at(end) == '/' && p.at(end+1) == 'c' || p.at(end) == '.' && isLetter(p.at(end+1))) {
		return false, false
	}
	if p.has(at, "ngan hang") || p.titled(at, end) {
		return false, false
	}
	unit, ok := units[string(p.f[at:end])]
	if !ok {
		return false, false
	}
	text := viet.Lower(p.original(at, end))
	exact = text == unit && unit != string(p.f[at:end])
	return exact || text == string(p.f[at:end]) && !bareless[unit], exact
}

// titled reports whether a word is written like a name: Triệu is one.
func (p *page) titled(start, end int) bool {
	return end-start > 3 && p.upper(start) && !p.upper(start+1)
}

// wordEnd returns the end of the word at i, or i+limit if it is longer.
func (p *page) wordEnd(i, limit int) int {
	end := i
	for end < i+limit && wordy(p.at(end)) {
		end++
	}
	return end
}

// moneyBefore reports whether a sign or code of money stands right before i.
func (p *page) moneyBefore(i int) bool {
	at := p.back(i, " ")
	switch p.at(at - 1) {
	case '$':
		return true
	case symbol:
		return p.currency(at - 1)
	}
	start := at
	for start > 0 && wordy(p.f[start-1]) && at-start < 4 {
		start--
	}
	switch string(p.f[start:at]) {
	case "vnd", "usd", "eur", "gbp", "us", "rs", "gia":
		return !wordy(p.at(start - 1))
	}
	return false
}

// currency reports whether the symbol at i is one of money.
func (p *page) currency(i int) bool {
	switch p.original(i, i+1) {
	case "₫", "€", "£", "¥", "₩", "₹", "฿", "₽", "¢":
		return true
	}
	return false
}
