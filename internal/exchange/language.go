package exchange

import "strings"

// unknownLang is the tag for "undetermined".
const unknownLang = "und"

// langNames are the spellings that publishers use in place of a tag, and tags
// that were replaced.
var langNames = map[string]string{
	"vietnamese": "vi", "tiếng việt": "vi", "tieng viet": "vi", "vie": "vi", "vn": "vi",
	"english": "en", "tiếng anh": "en", "tieng anh": "en", "eng": "en",
	"french": "fr", "fra": "fr", "fre": "fr", "spanish": "es", "spa": "es", "german": "de", "deu": "de", "ger": "de",
	"portuguese": "pt", "por": "pt", "italian": "it", "ita": "it", "russian": "ru", "rus": "ru", "arabic": "ar", "ara": "ar",
	"chinese": "zh", "zho": "zh", "chi": "zh", "japanese": "ja", "jpn": "ja", "korean": "ko", "kor": "ko", "thai": "th", "tha": "th",
	"khmer": "km", "khm": "km", "lao": "lo", "burmese": "my", "mya": "my", "indonesian": "id", "ind": "id", "in": "id", "malay": "ms", "msa": "ms",
	"hindi": "hi", "hin": "hi", "iw": "he", "ji": "yi",
}

// primaryLang reduces a BCP 47 tag to its primary subtag in lower case.
// Nothing is guessed from the wording: the language is part of a check's
// identity and must not move when the wording is corrected.
func primaryLang(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	if code, ok := langNames[tag]; ok {
		return code
	}
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	if code, ok := langNames[primary]; ok {
		return code
	}
	if len(primary) < 2 || len(primary) > 3 {
		return unknownLang
	}
	for _, c := range []byte(primary) {
		if c < 'a' || c > 'z' {
			return unknownLang
		}
	}
	return primary
}
