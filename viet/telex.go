package viet

// ReadTelex reads a word typed in Telex with the input method switched off:
// "nhieeuf" is "nhiều". Keys may stand where they belong or at the end
// (nhieeuf, nhieufe), letters may have their diacritics already (nhiêuf), and
// a lone w is ư. ok is false when the word holds no key at all or when what it
// reads is no well-formed syllable. Many short foreign words have a reading
// ("was", "here"), so ask only for words that mean nothing as they stand.
func ReadTelex(word string) (reading string, ok bool) {
	return read(word, (*typist).telex)
}

// ReadVNI does for VNI, where the keys are digits, what ReadTelex does for
// Telex: "nhie62u" and "nhieu62" are "nhiều".
func ReadVNI(word string) (reading string, ok bool) {
	return read(word, (*typist).vni)
}

// maxKeys bounds the words that are tried: the longest syllable, two shape
// keys, a stroke and a tone.
const maxKeys = maxSyllable + 4

// A typist is a word being typed.
type typist struct {
	spelt
	keys   int // keys that changed something
	vowels int
}

func read(word string, key func(*typist, byte) bool) (string, bool) {
	if len(word) > 4*maxKeys {
		return "", false
	}
	var t typist
	for _, r := range Lower(word) {
		if !t.letter(r, key) {
			return "", false
		}
	}
	return t.done()
}

// letter takes one character: a key if it can act as one, else a letter. It is
// false when the character is neither or there is no room.
func (t *typist) letter(r rune, key func(*typist, byte) bool) bool {
	if r < 0x80 && t.n > 0 && key(t, byte(r)) {
		t.keys++
		return true
	}
	if r == 'w' {
		// The only letter of Telex that is no letter of Vietnamese: a key with
		// nothing before it stands for ư.
		if !key(t, 'w') {
			return false
		}
		t.keys++
		return true
	}
	e, ok := entry(r)
	if !ok || e.code == 0 || t.n == maxSyllable {
		return false
	}
	t.push(e.code)
	if e.tone != ngang {
		t.tone, t.toneAt, t.tones = e.tone, t.n-1, 1
	}
	return true
}

func (t *typist) push(code byte) {
	t.code[t.n] = code
	t.n++
	if isVowelCode(code) {
		t.vowels++
	}
}

// done gives the syllable if there was a key and the result is well formed.
func (t *typist) done() (string, bool) {
	if t.keys == 0 || t.n == 0 {
		return "", false
	}
	t.marked = true
	if !t.full() && !t.unhorn() {
		return "", false
	}
	rime, _ := t.cut(onsets, rimes)
	return t.write(rime), true
}

// unhorn takes the horn off the u of uow, which stands for ươ inside a
// syllable (thuowng) and for uơ at its end (thuowr, huow).
func (t *typist) unhorn() bool {
	i := t.n - 2
	if i < 0 || t.code[i] != codeUHorn || t.code[i+1] != codeOHorn {
		return false
	}
	t.code[i] = 'u'
	return t.full()
}

// telex applies c as a key and reports whether it was one here.
func (t *typist) telex(c byte) bool {
	switch c {
	case 's':
		return t.setTone(sac)
	case 'f':
		return t.setTone(huyen)
	case 'r':
		return t.setTone(hoi)
	case 'x':
		return t.setTone(nga)
	case 'j':
		return t.setTone(nang)
	case 'z':
		return t.vowels > 0 && t.clearTone()
	case 'a':
		return t.shape('a', codeACirc)
	case 'e':
		return t.shape('e', codeECirc)
	case 'o':
		return t.shape('o', codeOCirc)
	case 'd':
		return t.stroke()
	case 'w':
		return t.hook()
	}
	return false
}

// hook is the w of Telex: horn or breve on the last vowel that takes one, or ư.
// After u an a takes it only in qua; mua with w is mưa.
func (t *typist) hook() bool {
	for i := t.n - 1; i >= 0; i-- {
		switch t.code[i] {
		case 'o', 'u':
			return t.horn()
		case 'a':
			if i > 0 && t.code[i-1] == 'u' && (i < 2 || t.code[i-2] != 'q') {
				return t.horn()
			}
			t.code[i] = codeABreve
			return true
		}
	}
	if t.n == maxSyllable || t.vowels > 0 {
		return false
	}
	t.push(codeUHorn)
	return true
}

// vni applies c as a key and reports whether it was one here.
func (t *typist) vni(c byte) bool {
	switch c {
	case '0':
		return t.clearTone()
	case '1':
		return t.setTone(sac)
	case '2':
		return t.setTone(huyen)
	case '3':
		return t.setTone(hoi)
	case '4':
		return t.setTone(nga)
	case '5':
		return t.setTone(nang)
	case '6':
		return t.shape('o', codeOCirc) || t.shape('e', codeECirc) || t.shape('a', codeACirc)
	case '7':
		return t.horn()
	case '8':
		return t.shape('a', codeABreve)
	case '9':
		return t.stroke()
	}
	return false
}

// setTone gives the syllable a tone once it has a vowel. A second, different
// tone is no spelling of anything.
func (t *typist) setTone(to tone) bool {
	if t.vowels == 0 || t.tones > 0 {
		return false
	}
	t.tone, t.tones = to, 1
	return true
}

func (t *typist) clearTone() bool {
	if t.tones == 0 {
		return false
	}
	t.tone, t.tones = ngang, 0
	return true
}

// shape changes the last plain vowel from into to.
func (t *typist) shape(from, to byte) bool {
	for i := t.n - 1; i >= 0; i-- {
		if t.code[i] == from {
			t.code[i] = to
			return true
		}
	}
	return false
}

// horn puts a horn on the last o or u, and on both of uo.
func (t *typist) horn() bool {
	for i := t.n - 1; i >= 0; i-- {
		switch t.code[i] {
		case 'o':
			t.code[i] = codeOHorn
			if i > 0 && t.code[i-1] == 'u' && (i < 2 || t.code[i-2] != 'q') {
				t.code[i-1] = codeUHorn
			}
			return true
		case 'u':
			// The second u of ưu, and the u of qu, take no horn.
			if i > 0 && (t.code[i-1] == 'u' || t.code[i-1] == 'q') {
				continue
			}
			t.code[i] = codeUHorn
			if i+1 < t.n && t.code[i+1] == 'o' {
				t.code[i+1] = codeOHorn
			}
			return true
		}
	}
	return false
}

// stroke makes the first letter đ.
func (t *typist) stroke() bool {
	if t.n == 0 || t.code[0] != 'd' {
		return false
	}
	t.code[0] = codeDBar
	return true
}
