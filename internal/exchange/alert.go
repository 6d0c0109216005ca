package exchange

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sangto/internal/desk"
)

// The caps on an alert: AlertMax in bytes, elements deep, tokens in all, and the
// characters that are kept of a field.
const (
	AlertMax    = 256 << 10
	alertDepth  = 12
	alertTokens = 20_000
	alertField  = 200
	alertArea   = 500
	alertInfos  = 16
)

// capNamespace is that of the Common Alerting Protocol 1.2 (OASIS, 1 July 2010).
const capNamespace = "urn:oasis:names:tc:emergency:cap:1.2"

// capCodes are the values that the protocol allows (CAP 1.2, 3.2.2).
func capCodes(field string) []string {
	switch field {
	case "urgency":
		return []string{"Immediate", "Expected", "Future", "Past", "Unknown"}
	case "severity":
		return []string{"Extreme", "Severe", "Moderate", "Minor", "Unknown"}
	case "certainty":
		return []string{"Observed", "Likely", "Possible", "Unlikely", "Unknown"}
	}
	return nil
}

// alertParts are the elements that are read, by the one they stand in. The rest,
// addresses, contacts, polygons and attached resources among it, is never looked
// at.
func alertParts(parent string) []string {
	switch parent {
	case "alert":
		return []string{"identifier", "sender", "sent", "status", "msgType", "scope"}
	case "info":
		return []string{"language", "event", "urgency", "severity", "certainty", "onset", "expires", "senderName"}
	}
	return nil
}

// ReadAlert reads one CAP 1.2 alert, UTF-8 and without a document type, of which
// it keeps the fields of desk.Alert. Of several languages it takes Vietnamese,
// then English, then the first. Exercises, tests, cancellations and what is not
// meant for the public are refused: they warn nobody. Its errors are desk.Invalid,
// or desk.TooLarge beyond AlertMax.
func ReadAlert(file []byte) (desk.Alert, error) {
	const op = "read alert"
	if len(file) > AlertMax {
		return desk.Alert{}, &desk.Error{Kind: desk.TooLarge, Op: op, Key: "error.alert.large", Args: map[string]any{"Max": AlertMax >> 10}}
	}
	r := alertReader{top: map[string]string{}}
	if err := r.read(file); err != nil {
		return desk.Alert{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.alert.form", Err: err}
	}
	if r.top["status"] != "Actual" || r.top["scope"] != "Public" || !slices.Contains([]string{"Alert", "Update"}, r.top["msgType"]) {
		return desk.Alert{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.alert.status"}
	}
	a, field := r.alert()
	if field != "" {
		return desk.Alert{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.alert.field", Args: map[string]any{"Field": field}}
	}
	sum := sha256.Sum256(file)
	a.SHA256 = hex.EncodeToString(sum[:])
	return a, nil
}

var (
	errAlertEncoding = errors.New("not UTF-8")
	errAlertDoctype  = errors.New("a document type or a processing instruction")
	errAlertDeep     = errors.New("too deep, or too many parts")
	errAlertRoot     = errors.New("not one CAP 1.2 alert")
	errAlertTwice    = errors.New("a field is given twice")
)

// alertInfo is one info element.
type alertInfo struct {
	fields map[string]string
	areas  []string
}

// alertReader gathers the fields of an alert token by token. stack holds the
// names of the open elements, "" for one of another vocabulary.
type alertReader struct {
	stack []string
	text  strings.Builder
	top   map[string]string
	infos []alertInfo
	done  bool
}

func (r *alertReader) read(file []byte) error {
	if !utf8.Valid(file) {
		return errAlertEncoding
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))))
	for range alertTokens {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			if !r.done {
				return errAlertRoot
			}
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.token(t); err != nil {
			return err
		}
	}
	return errAlertDeep
}

func (r *alertReader) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return errAlertDoctype
	case xml.ProcInst:
		if t.Target != "xml" || len(r.stack) > 0 || r.done {
			return errAlertDoctype
		}
	case xml.StartElement:
		return r.open(t.Name)
	case xml.EndElement:
		return r.close()
	case xml.CharData:
		if len(r.stack) > 0 {
			r.text.Write(t)
		}
	}
	return nil
}

func (r *alertReader) open(name xml.Name) error {
	local := ""
	if name.Space == capNamespace {
		local = name.Local
	}
	switch {
	case len(r.stack) >= alertDepth:
		return errAlertDeep
	case len(r.stack) == 0 && (r.done || local != "alert"):
		return errAlertRoot
	}
	r.stack = append(r.stack, local)
	if r.at("alert", "info") {
		if len(r.infos) == alertInfos {
			return errAlertDeep
		}
		r.infos = append(r.infos, alertInfo{fields: map[string]string{}})
	}
	r.text.Reset()
	return nil
}

// at reports whether exactly these elements are open.
func (r *alertReader) at(names ...string) bool { return slices.Equal(r.stack, names) }

// close keeps what the element held that ends here.
func (r *alertReader) close() error {
	text := strings.TrimSpace(r.text.String())
	r.text.Reset()
	last := len(r.stack) - 1
	name, parents := r.stack[last], r.stack[:last]
	var to map[string]string
	switch {
	case slices.Equal(parents, []string{"alert"}) && slices.Contains(alertParts("alert"), name):
		to = r.top
	case slices.Equal(parents, []string{"alert", "info"}) && slices.Contains(alertParts("info"), name):
		to = r.infos[len(r.infos)-1].fields
	case r.at("alert", "info", "area", "areaDesc"):
		info := &r.infos[len(r.infos)-1]
		info.areas = append(info.areas, text)
	}
	r.stack = parents
	r.done = r.done || len(parents) == 0
	if to == nil {
		return nil
	}
	if _, twice := to[name]; twice {
		return errAlertTwice
	}
	to[name] = text
	return nil
}

// alert makes the plain value. field names the first element that is missing or
// holds what it may not.
func (r *alertReader) alert() (a desk.Alert, field string) {
	info := r.choose()
	f := info.fields
	a = desk.Alert{
		Identifier: alertText(r.top["identifier"], alertField), Sender: alertText(r.top["sender"], alertField),
		SenderName: alertText(f["senderName"], alertField), Event: alertText(f["event"], alertField),
		Urgency: f["urgency"], Severity: f["severity"], Certainty: f["certainty"],
		Area: alertText(strings.Join(info.areas, "; "), alertArea), Lang: alertLang(f["language"]),
	}
	for _, c := range []struct{ name, value string }{{"urgency", a.Urgency}, {"severity", a.Severity}, {"certainty", a.Certainty}} {
		if !slices.Contains(capCodes(c.name), c.value) {
			return a, c.name
		}
	}
	for _, c := range []struct{ name, value string }{{"identifier", a.Identifier}, {"sender", a.Sender}, {"event", a.Event}, {"areaDesc", a.Area}} {
		if c.value == "" {
			return a, c.name
		}
	}
	for _, c := range []struct {
		name, value string
		to          *time.Time
	}{{"sent", r.top["sent"], &a.Sent}, {"onset", f["onset"], &a.Onset}, {"expires", f["expires"], &a.Expires}} {
		if c.value == "" && c.name != "sent" {
			continue
		}
		t, err := time.Parse(time.RFC3339, c.value)
		if err != nil || t.Year() < 1970 || t.Year() > 2999 {
			return a, c.name
		}
		*c.to = t.UTC()
	}
	return a, ""
}

// alertLang is the language of an info; one that names none is in English
// (CAP 1.2, 3.2.2).
func alertLang(tag string) string {
	if tag == "" {
		return "en"
	}
	return primaryLang(tag)
}

// choose takes the info in Vietnamese, then in English, then the first.
func (r *alertReader) choose() alertInfo {
	for _, want := range []string{"vi", "en"} {
		for _, info := range r.infos {
			if alertLang(info.fields["language"]) == want {
				return info
			}
		}
	}
	if len(r.infos) > 0 {
		return r.infos[0]
	}
	return alertInfo{}
}

// alertText is wording of an alert, safe to keep.
func alertText(s string, limit int) string {
	clean, ok := plainText(s)
	if !ok {
		return ""
	}
	return shorten(clean, limit)
}
