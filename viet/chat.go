package viet

import "unicode/utf8"

// Chat returns the plain spelling of a chat spelling: "ko" is "không". The
// result may be more than one word ("ntn" is "như thế nào"). The list holds
// only spellings that are hardly ever anything else; ok is false for the rest.
func Chat(word string) (plain string, ok bool) {
	w := Lower(word)
	if plain := chatWord(w); plain != "" {
		return plain, true
	}
	return respell(w)
}

func chatWord(w string) string {
	switch w {
	case "k", "ko", "kg", "kh", "hk", "hok", "hong", "hông", "hem", "kô", "khg", "khum", "khôg":
		return "không"
	case "dc", "đc", "dx", "đx":
		return "được"
	case "j":
		return "gì"
	case "cx", "cg":
		return "cũng"
	case "vs":
		return "với"
	case "ng", "ngừi":
		return "người"
	case "ngta":
		return "người ta"
	case "mn", "mng":
		return "mọi người"
	case "bik", "bjk", "bít", "pít":
		return "biết"
	case "trc":
		return "trước"
	case "ntn":
		return "như thế nào"
	case "nhìu", "nhiu", "nhju":
		return "nhiều"
	case "bnhiu", "bnhieu":
		return "bao nhiêu"
	case "thik", "thjk", "thík":
		return "thích"
	case "wa", "wá", "qá":
		return "quá"
	case "qtam":
		return "quan tâm"
	case "ms":
		return "mới"
	case "vk", "zợ":
		return "vợ"
	case "ck":
		return "chồng"
	case "lun":
		return "luôn"
	case "nx":
		return "nữa"
	case "đag", "đg":
		return "đang"
	case "bh", "bgio":
		return "bây giờ"
	case "cty":
		return "công ty"
	case "gđ":
		return "gia đình"
	case "sđt", "sdt":
		return "số điện thoại"
	case "đt":
		return "điện thoại"
	case "zà":
		return "và"
	case "zậy", "zay":
		return "vậy"
	case "zô":
		return "vô"
	case "zui":
		return "vui"
	case "zề":
		return "về"
	case "zì":
		return "vì"
	case "zồi", "zòi", "ròi", "gòi", "rùi":
		return "rồi"
	case "iu":
		return "yêu"
	case "hum":
		return "hôm"
	case "nhưg":
		return "nhưng"
	case "fb":
		return "facebook"
	case "vn":
		return "việt nam"
	}
	return ""
}

// respell undoes f for ph and a final g for ng where the word has a diacritic,
// so that it is Vietnamese and no English word, and where it then is a
// syllable.
func respell(w string) (string, bool) {
	ascii := true
	for i := 0; i < len(w); i++ {
		ascii = ascii && w[i] < utf8.RuneSelf
	}
	if ascii || len(w) > 4*maxSyllable {
		return "", false
	}
	if w[0] == 'f' && fullWord("ph"+w[1:]) {
		return Canonical("ph" + w[1:]), true
	}
	if last := len(w) - 1; last > 1 && w[last] == 'g' && !fullWord(w) && fullWord(w[:last]+"ng") {
		return Canonical(w[:last] + "ng"), true
	}
	return "", false
}

func fullWord(w string) bool {
	s, ok := spell(Canonical(w))
	return ok && s.full()
}
