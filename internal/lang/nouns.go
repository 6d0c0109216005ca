package lang

import "sangto/internal/desk"

// Verdict names a verdict of our scale; the empty verdict has no name.
func (w *Words) Verdict(v desk.Verdict) string { return w.noun("verdict", string(v)) }

// VerdictMeaning explains a verdict in one sentence.
func (w *Words) VerdictMeaning(v desk.Verdict) string { return w.noun("verdict_meaning", string(v)) }

// NotRated names the reason why a check gives no verdict.
func (w *Words) NotRated(k desk.NotRatedKind) string { return w.noun("not_rated", string(k)) }

// NotRatedMeaning explains the reason in one sentence.
func (w *Words) NotRatedMeaning(k desk.NotRatedKind) string {
	return w.noun("not_rated_meaning", string(k))
}

// Topic names one of desk.Topics.
func (w *Words) Topic(topic string) string { return w.noun("topic", topic) }

// Owner names a kind of owner or funder.
func (w *Words) Owner(k desk.OwnerKind) string { return w.noun("owner", string(k)) }

// Stance names the side a source speaks for.
func (w *Words) Stance(s desk.Stance) string { return w.noun("stance", string(s)) }

// Placeholder names what was taken out of a text: phone, email and so on.
func (w *Words) Placeholder(kind string) string { return w.noun("placeholder", kind) }

// Redaction says how many identifiers of one kind were taken out.
func (w *Words) Redaction(r desk.Redaction) string {
	key := "redaction." + r.Kind
	if !w.Has(key) {
		key = "redaction.identifier"
	}
	return w.T(key, "Count", r.Count)
}

// Hint names what may still identify somebody in a redacted text.
func (w *Words) Hint(kind string) string { return w.noun("hint", kind) }

// Differs says in a sentence one thing that a message and a claim state
// differently. kind is "number", "date", "negation" or "opposite"; the wording
// of one side is empty where it has no words for it. The keys are spelt out so
// that a search for a key finds its use.
func (w *Words) Differs(message, claim, kind string) string {
	switch {
	case kind == "negation" && claim == "":
		return w.T("differ.denied", "Message", message)
	case kind == "negation" && message == "":
		return w.T("differ.denies", "Claim", claim)
	case kind == "negation", kind == "opposite":
		return w.T("differ.opposite", "Message", message, "Claim", claim)
	case kind == "date":
		return w.T("differ.date", "Message", message, "Claim", claim)
	}
	return w.T("differ.number", "Message", message, "Claim", claim)
}

// Language names a language in this one; an unknown tag names itself.
func (w *Words) Language(tag string) string {
	if name := w.noun("language", tag); name != "" {
		return name
	}
	return tag
}

// noun looks a name up in one of the closed families of names. A value outside
// the family has no name.
func (w *Words) noun(family, value string) string {
	key := family + "." + value
	if !w.keys[key] {
		return ""
	}
	return w.T(key)
}

// NoticeKind names what a service notice is about.
func (w *Words) NoticeKind(k desk.NoticeKind) string { return w.noun("notice_kind", string(k)) }

// AlertWord names a level of an alert: one of the codes that CAP 1.2 has for
// urgency, severity and certainty.
func (w *Words) AlertWord(code string) string { return w.noun("alert_word", code) }
