package exchange

import (
	"strings"
	"unicode"
)

// noVerdict lists wording that stands where a verdict should and gives none:
// such a check is kept and shown as "read it at X". Lower case, without
// punctuation at the ends.
var noVerdict = map[string]bool{
	"see the article": true, "see article": true, "see full article": true, "see the full article": true,
	"see analysis": true, "see the analysis": true, "see report": true, "see the report": true,
	"see explanation": true, "see story": true, "see the story": true, "see text": true, "see details": true,
	"see below": true, "see rating": true, "see the fact check": true, "see fact check": true,
	"read more": true, "read the article": true, "read article": true, "read the full article": true, "read on": true,
	"read the full story": true, "read the fact check": true, "read full report": true, "learn more": true, "more": true, "details": true, "click here": true,
	"explanation": true, "explainer": true, "explained": true, "analysis": true, "fact check": true, "factcheck": true,
	"fact-check": true, "checked": true, "not rated": true, "unrated": true, "no rating": true, "none": true,
	"n/a": true, "na": true, "other": true, "unknown": true, "undefined": true, "null": true, "nan": true, "rating": true, "verdict": true,
	"in progress": true, "pending": true, "research in progress": true, "tbd": true,
	"xem bài viết": true, "xem bài": true, "xem chi tiết": true, "xem thêm": true, "xem bên dưới": true, "xem trong bài": true,
	"xem phân tích": true, "xem giải thích": true, "xem kết luận trong bài": true, "đọc bài viết": true, "đọc bài": true, "đọc thêm": true, "đọc tiếp": true,
	"chi tiết": true, "tìm hiểu thêm": true, "giải thích": true, "phân tích": true, "kiểm chứng": true,
	"không đánh giá": true, "chưa đánh giá": true, "không xếp loại": true, "chưa xếp loại": true, "đang kiểm chứng": true, "khác": true, "không có": true,
	"voir l'article": true, "lire l'article": true, "véase el artículo": true, "ver artículo": true, "ver artigo": true,
	"siehe artikel": true, "lihat artikel": true, "baca selengkapnya": true, "ดูบทความ": true, "查看文章": true, "阅读全文": true, "詳見內文": true,
}

// isNoVerdict reports whether a rating's wording gives no verdict.
func isNoVerdict(rating string) bool {
	s := strings.ToLower(strings.Join(strings.Fields(rating), " "))
	s = strings.ReplaceAll(s, "’", "'")
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsSpace(r) })
	return s == "" || noVerdict[s]
}

// scaleWords are the words of a bare number on a scale.
var scaleWords = map[string]bool{
	"of": true, "out": true, "stars": true, "star": true, "points": true, "point": true, "x": true, "e": true,
	"sao": true, "điểm": true, "trên": true, "phần": true, "trăm": true, "percent": true, "score": true, "rating": true,
}

// inWords reports whether a rating says anything but a number: "3", "4/5" and
// "2 out of 5 stars" do not, nor does an address.
func inWords(rating string) bool {
	if strings.Contains(rating, "://") {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(rating), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	for _, w := range words {
		if !scaleWords[w] && strings.ContainsFunc(w, unicode.IsLetter) {
			return true
		}
	}
	return false
}
