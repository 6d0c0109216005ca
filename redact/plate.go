package redact

// takePlates takes number plates: 30A-123.45, 59-X1 123.45, 29B1-12345, and
// the older ones with four digits, 30K-1234.
func (p *page) takePlates() {
	for i := 0; i+5 < len(p.f); i++ {
		if isDigit(p.f[i]) && !wordy(p.at(i-1)) && !contains(".,/", p.at(i-1)) {
			if end := p.plate(i); end > 0 {
				p.take(i, end, Plate)
				i = end
			}
		}
	}
}

// plate returns the end of the plate at i, or 0.
func (p *page) plate(i int) int {
	if p.f[i] < '1' || !isDigit(p.at(i+1)) {
		return 0
	}
	at := p.skip(i+2, " -", 3)
	tight := at == i+2
	series := at
	if b := p.at(at); b == foreign || !isLetter(b) || contains("ijoqw", b) {
		return 0
	}
	at++
	if b := p.at(at); isDigit(b) && b != '0' && p.seriesDigit(at) || isLetter(b) && b != foreign {
		at++
	}
	next := p.skip(at, " -.", 3)
	end, digits := p.plateDigits(next)
	marked := next > at && p.at(at) != ' ' || next > at+1 || p.at(next+3) == '.'
	// Small letters and plain digits also make sizes and times (20k 50000):
	// then the plate must be written like one.
	written := p.upper(series) || marked
	switch {
	case digits == 5 && (written || tight && next == at):
		return end
	case digits == 4 && written && marked:
		return end
	}
	return 0
}

// seriesDigit reports whether the digit at i belongs to the series (B1 in
// 29B1-12345) and not to the number: five or four digits follow it.
func (p *page) seriesDigit(i int) bool {
	if next := p.skip(i+1, " -.", 3); next > i+1 {
		return isDigit(p.at(next))
	}
	_, digits := p.plateDigits(i + 1)
	return digits == 5
}

// plateDigits counts the digits of the number part at i, which may have one
// stop, and returns its end; 0 digits if a letter or more digits follow.
func (p *page) plateDigits(i int) (end, digits int) {
	for end = i; digits < 6; end++ {
		b := p.at(end)
		switch {
		case isDigit(b):
			digits++
			continue
		case (b == '.' || b == ' ') && digits == 3 && isDigit(p.at(end+1)) && isDigit(p.at(end+2)) && !isDigit(p.at(end+3)):
			continue
		}
		break
	}
	if wordy(p.at(end)) || p.at(end) == '.' && isDigit(p.at(end+1)) {
		return end, 0
	}
	return end, digits
}
