package viet

import "unicode"

// unstyled returns the plain letter or digit that a styled one imitates, and r
// itself for everything else. It covers what NFKC leaves alone or puts in
// brackets, and the two commonest styles, for speed.
// Sources: the Unicode charts of Enclosed Alphanumerics, Dingbats, Enclosed
// Alphanumeric Supplement, and the phonetic small capitals.
func unstyled(r rune) rune {
	switch {
	case r < 0x131:
		return r
	case r >= 0x1D400 && r <= 0x1D6A3: // 𝐀 𝑎 𝓑: thirteen alphabets of 52
		n := (r - 0x1D400) % 52
		return 'A' + n%26 + n/26*('a'-'A')
	case r >= 0xFF01 && r <= 0xFF5E: // Ａ
		return r - 0xFF01 + '!'
	case r >= 0x249C && r <= 0x24B5: // ⒜
		return r - 0x249C + 'a'
	case r >= 0x1F110 && r <= 0x1F129: // 🄐
		return r - 0x1F110 + 'A'
	case r >= 0x1F150 && r <= 0x1F169: // 🅐
		return r - 0x1F150 + 'A'
	case r >= 0x1F170 && r <= 0x1F189: // 🅰
		return r - 0x1F170 + 'A'
	case r == 0x24FF: // ⓿
		return '0'
	case r >= 0x2474 && r <= 0x247C: // ⑴
		return r - 0x2474 + '1'
	case r >= 0x2488 && r <= 0x2490: // ⒈
		return r - 0x2488 + '1'
	case r >= 0x24F5 && r <= 0x24FD: // ⓵
		return r - 0x24F5 + '1'
	case r >= 0x2776 && r <= 0x277E: // ❶
		return r - 0x2776 + '1'
	case r >= 0x2780 && r <= 0x2788: // ➀
		return r - 0x2780 + '1'
	case r >= 0x278A && r <= 0x2792: // ➊
		return r - 0x278A + '1'
	}
	return smallCapital(r)
}

// smallCapital returns the letter of a phonetic small capital, or r.
func smallCapital(r rune) rune {
	switch r {
	case 'ᴀ':
		return 'a'
	case 'ʙ':
		return 'b'
	case 'ᴄ':
		return 'c'
	case 'ᴅ':
		return 'd'
	case 'ᴇ':
		return 'e'
	case 'ꜰ':
		return 'f'
	case 'ɢ':
		return 'g'
	case 'ʜ':
		return 'h'
	case 'ɪ':
		return 'i'
	case 'ᴊ':
		return 'j'
	case 'ᴋ':
		return 'k'
	case 'ʟ':
		return 'l'
	case 'ᴍ':
		return 'm'
	case 'ɴ':
		return 'n'
	case 'ᴏ':
		return 'o'
	case 'ᴘ':
		return 'p'
	case 'ʀ', 'Ʀ':
		return 'r'
	case 'ꜱ':
		return 's'
	case 'ᴛ':
		return 't'
	case 'ᴜ':
		return 'u'
	case 'ᴠ':
		return 'v'
	case 'ᴡ':
		return 'w'
	case 'ʏ':
		return 'y'
	case 'ᴢ':
		return 'z'
	}
	return r
}

// digitOf returns the ASCII digit of any decimal digit (Arabic-Indic, Thai,
// full-width, mathematical …), and r for everything else. Unicode gives each
// script's ten digits consecutive code points, the zero first, in runs that
// unicode.Nd lists with their bounds.
func digitOf(r rune) rune {
	if r < 0x660 {
		return r
	}
	for _, x := range unicode.Nd.R16 {
		if r < rune(x.Lo) {
			break
		}
		if r <= rune(x.Hi) {
			return '0' + (r-rune(x.Lo))%10
		}
	}
	for _, x := range unicode.Nd.R32 {
		if r < rune(x.Lo) {
			break
		}
		if r <= rune(x.Hi) {
			return '0' + (r-rune(x.Lo))%10
		}
	}
	return r
}
