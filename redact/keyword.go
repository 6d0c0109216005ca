package redact

import "strings"

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

// topics lists the words in folded form; a phrase of several is looked up from
// its last word backwards.
var topics = topicTable(map[topic]string{
	accountTopic: "stk, so tk, so tai khoan, tai khoan, tk, ctk, account number, account no, bank account, account, acc no, acct, sotk, tknh, so the atm, the atm, iban",
	payTopic: `chuyen khoan, ck, chuyen tien, chuyen, momo, zalopay, zalo pay, viettelpay, viettel money, shopeepay, vnpay, banking, ngan hang, bank, nop vao, nap vao,
		vietcombank, vcb, techcombank, tcb, bidv, agribank, vbard, vietinbank, vtb, ctg, mbbank, mb, acb, sacombank, stb, vpbank, tpbank, vib, shb, hdbank, ocb,
		msb, scb, seabank, eximbank, lienvietpostbank, lpbank, lienviet, namabank, nam a bank, bacabank, bac a bank, pvcombank, abbank, vietbank, kienlongbank, ncb,
		pgbank, saigonbank, oceanbank, baoviet bank, cake, timo, donate, ung ho, quyen gop, transfer to, wire, paypal`,
	idTopic: `cccd, cmnd, cmt, cmtnd, can cuoc, can cuoc cong dan, dinh danh, ma dinh danh, ho chieu, passport, mst, ma so thue, msthue, bhxh, bhyt, so the, ma the,
		the can cuoc, so bao hiem, bao hiem xa hoi, bao hiem y te, bao hiem, gplx, bang lai, giay phep lai xe, so ho khau, id number, id no, id card, identity card,
		citizen id, national id, tax code, tax id, social insurance, health insurance, insurance number, driver license, licence no, license no, ssn, id, the sinh vien, mssv`,
	proofTopic: "chung minh, chung minh thu, chung minh nhan dan, giay to, card number, card no, card, visa, mastercard, ma vach",
	phoneTopic: `sdt, so dt, sdthoai, dt, dien thoai, so dien thoai, dtdd, dd, di dong, zalo, goi, lien he, lh, lien lac, hotline, tel, phone, mobile, cell, call, sms,
		nhan tin, alo, whatsapp, viber, telegram, contact, ib, inbox, ring, text, so may, may ban, fax, phone number, dialling, dial, nt, add`,
})

func topicTable(lists map[topic]string) map[string]topic {
	table := map[string]topic{}
	for t, list := range lists {
		for _, w := range strings.Split(list, ",") {
			table[strings.Join(strings.Fields(w), " ")] = t
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
// follows it at i: that of an account or a personal number, over a few
// characters of a list.
func (p *page) topicOf(end, i int) topic {
	const listMax = 8
	if i-end > listMax {
		return noTopic
	}
	for _, sp := range p.spans {
		if sp.end == end {
			return topicOfKind(sp.kind)
		}
	}
	start := end
	for start > 0 && p.f[start-1] == taken && end-start < 16 {
		start--
	}
	text := p.original(start, end)
	for _, k := range kinds {
		if strings.HasSuffix(text, k.Placeholder()) {
			return topicOfKind(k)
		}
	}
	return noTopic
}

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
		if t := topics[string(buf[n:])]; t != noTopic {
			found = t
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

// units follow an amount, in folded form.
var units = unitTable(`dong, d, vnd, ty, ti, trieu, tr, nghin, ngan, k, usd, do, dola, dollar, dollars, euro, euros, eur, yen, won, ndt, te, bang, rup, gbp, jpy, aud,
	phan, nguoi, ca, km, m, met, km2, m2, m3, ha, hecta, tan, ta, kg, g, gram, mg, lit, l, ml, mw, kw, kwh, mwh, gwh, volt, nam, thang, ngay, gio, phut, giay, tuoi,
	lan, luot, ho, hs, sv, hoc, sinh, cu, dan, cong, lao, cphieu, co, cp, phieu, view, views, like, likes, follow, follower, followers, share, shares, sub, subs,
	xe, vu, truong, lieu, mui, con, cay, chiec, cai, cuon, bo, ban, tai, khach, doanh, hang, san, million, billion, thousand, trillion, people, cases, deaths,
	dollars, doses, votes, years, tons, tonnes, meters, metres, miles, hectares, households, workers, students, patients, tests, units, copies, employees, customers,
	soldiers, percent, lakh, crore, gia, benh, tre, thanh, tin, tre, phu, can, binh, quan, hop, goi, thung, bao, giot, buoc, diem, cho, suat, vien, nan, thuong, cuoc,
	nha, lop, phong, trang, tu, ki, ky, byte, bytes, mb, gb, tb, hz, khz, mhz, vnđ, dvt, xu, coin, btc, eth, usdt, ounce, oz, lb, lbs, feet, ft, square, acres`)

func unitTable(list string) map[string]bool {
	table := map[string]bool{}
	for _, w := range strings.Split(list, ",") {
		table[strings.TrimSpace(w)] = true
	}
	return table
}

// unitAfter reports whether a unit or a sign of money or share follows i.
func (p *page) unitAfter(i int) bool {
	at := p.skip(i, " (/", 2)
	switch p.at(at) {
	case '%', '$':
		return true
	case symbol:
		return p.currency(at)
	}
	end := at
	for wordy(p.at(end)) && end-at < 16 {
		end++
	}
	if end == at {
		return false
	}
	// đ/c is an address, d.o.b a date of birth.
	if end-at == 1 && (p.at(end) == '/' || p.at(end) == '.' && isLetter(p.at(end+1))) {
		return false
	}
	return units[string(p.f[at:end])]
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
