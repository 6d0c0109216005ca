package publish

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"

	"sangto/internal/lang"
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

// Printer draws share cards. It is read-only once made and safe for concurrent
// use; one card takes tens of milliseconds of one processor.
type Printer struct{ regular, bold *sfnt.Font }

// NewPrinter reads the fonts built into the program.
func NewPrinter() (*Printer, error) {
	var p Printer
	for name, to := range map[string]**sfnt.Font{"400": &p.regular, "700": &p.bold} {
		raw, err := fontFiles.ReadFile("fonts/be-vietnam-pro-" + name + ".ttf")
		if err != nil {
			return nil, err
		}
		if *to, err = opentype.Parse(raw); err != nil {
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
	}
	return &p, nil
}

// Shape is the size of a card in pixels and of what stands on it.
type Shape struct {
	Width, Height int

	margin, band, gap             int
	verdict, truth, claim         float64
	truthMin, claimMin            float64
	label, desk, small, fixed, qr float64
	ownerLines                    int
}

// Wide is the card for link previews, Square the one for posts and messages.
func Wide() Shape {
	return Shape{
		Width: 1200, Height: 630, margin: 56, band: 132, gap: 26,
		verdict: 66, truth: 42, claim: 30, truthMin: 25, claimMin: 19,
		label: 20, desk: 25, small: 20, fixed: 17, qr: 172, ownerLines: 1,
	}
}

// Square is a card as wide as it is high.
func Square() Shape {
	return Shape{
		Width: 1080, Height: 1080, margin: 64, band: 196, gap: 40,
		verdict: 84, truth: 56, claim: 38, truthMin: 30, claimMin: 23,
		label: 25, desk: 31, small: 25, fixed: 21, qr: 216, ownerLines: 2,
	}
}

// The colours of a card are those of the pages in daylight.
func paper() color.RGBA { return color.RGBA{0xfa, 0xf8, 0xf3, 0xff} }
func white() color.RGBA { return color.RGBA{0xff, 0xff, 0xff, 0xff} }
func ink() color.RGBA   { return color.RGBA{0x1c, 0x20, 0x23, 0xff} }
func soft() color.RGBA  { return color.RGBA{0x50, 0x57, 0x5c, 0xff} }
func hair() color.RGBA  { return color.RGBA{0xdb, 0xd6, 0xca, 0xff} }

// signColour is the colour of a verdict.
func signColour(sign string) color.RGBA {
	switch sign {
	case "true":
		return color.RGBA{0x13, 0x5c, 0x38, 0xff}
	case "mostly_true":
		return color.RGBA{0x3c, 0x5a, 0x10, 0xff}
	case "missing_context":
		return color.RGBA{0x77, 0x48, 0x00, 0xff}
	case "not_true":
		return color.RGBA{0x97, 0x20, 0x1f, 0xff}
	case "not_enough_evidence":
		return color.RGBA{0x35, 0x46, 0x70, 0xff}
	}
	return color.RGBA{0x4a, 0x50, 0x56, 0xff}
}

// Card draws a finding as a PNG picture. The finding comes first and is the
// largest, then the correction, then the claim, always smaller than the
// correction; the desk, its owner and its funders, the day, the fixed line, and
// a QR code of the address where it is known. Texts shrink to fit and are cut,
// at a word, only where the smallest size is not enough. The same finding gives
// the same bytes.
func (p *Printer) Card(words *lang.Words, f Finding, s Shape) ([]byte, error) {
	l, err := p.layOut(words, f, s)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, l.paint()); err != nil {
		return nil, fmt.Errorf("write card: %w", err)
	}
	return out.Bytes(), nil
}

// face is a font at a size. Faces keep buffers: each card makes its own.
func (p *Printer) face(bold bool, size float64) (font.Face, error) {
	f := p.regular
	if bold {
		f = p.bold
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
}

// placed is a line of text where it stands: the left end of its baseline.
type placed struct {
	what   string
	text   string
	bold   bool
	size   float64
	colour color.RGBA
	on     color.RGBA // the colour behind it
	x, y   int
	box    image.Rectangle // where it may leave ink
}

// layout is a card before it is painted.
type layout struct {
	printer *Printer
	shape   Shape
	colour  color.RGBA
	sign    string
	texts   []placed
	rule    image.Rectangle // beside the claim
	bottom  int             // where the last part begins
	column  int             // how wide its text is
	qr      [][]bool
	qrAt    image.Rectangle
	module  int
}

// layOut decides what stands where.
func (p *Printer) layOut(words *lang.Words, f Finding, s Shape) (*layout, error) {
	l := &layout{printer: p, shape: s, colour: signColour(f.Sign), sign: f.Sign}
	if err := l.code(f.Address); err != nil {
		return nil, err
	}
	if err := l.head(f); err != nil {
		return nil, err
	}
	if err := l.foot(words, f); err != nil {
		return nil, err
	}
	return l, l.middle(words, f)
}

// code places the QR code in the lower right corner.
func (l *layout) code(address string) error {
	if address == "" {
		return nil
	}
	var err error
	if l.qr, err = code(address); err != nil {
		return err
	}
	modules := len(l.qr) + 2*quiet
	l.module = max(3, int(l.shape.qr)/modules)
	side, s := l.module*modules, l.shape
	l.qrAt = image.Rect(s.Width-s.margin-side, s.Height-s.margin-side, s.Width-s.margin, s.Height-s.margin)
	return nil
}

// head puts the finding into the band.
func (l *layout) head(f Finding) error {
	s := l.shape
	icon := s.band * 62 / 100
	left := s.margin + icon + s.margin/2
	room := image.Rect(left, 0, s.Width-s.margin, s.band)
	if !l.printer.legible(f.Verdict) && f.Beside != "" {
		f.Verdict, f.Beside = f.Beside, ""
	}
	main := fitting{what: "verdict", text: f.Verdict, bold: true, colour: white(), on: l.colour, most: s.verdict, least: s.verdict * 0.42, lines: 2}
	beside := fitting{what: "beside", text: f.Beside, colour: white(), on: l.colour, most: s.label * 1.25, least: s.label * 0.9, lines: 1}
	if f.Beside != "" {
		main.lines = 1
	}
	for main.size = main.most; ; main.size -= 2 {
		a, err := l.set(main, room.Dx())
		if err != nil {
			return err
		}
		b, err := l.fit(beside, room.Dx(), s.band)
		if err != nil {
			return err
		}
		height := a.height() + b.height()
		if last := main.size <= main.least; height <= s.band-16 && !a.tooMany() || last {
			if last {
				a.cut(main.lines)
			}
			height = a.height() + b.height()
			y := room.Min.Y + (s.band-height)/2
			l.put(a, left, y)
			l.put(b, left, y+a.height())
			return nil
		}
	}
}

// foot puts the desk, its owner, the day and the fixed line at the bottom.
func (l *layout) foot(words *lang.Words, f Finding) error {
	s := l.shape
	width := s.Width - 2*s.margin
	if l.qr != nil {
		width = l.qrAt.Min.X - s.margin - s.gap
	}
	small, dated, address := s.small, f.Dated, f.Short()
	if address != "" && dated != "" {
		dated, address = dated+" · "+address, ""
		if one, err := l.fit(fitting{text: dated, most: small, least: small, lines: 1}, width, s.Height); err != nil {
			return err
		} else if strings.HasSuffix(one.lines[0], "…") {
			dated, address = f.Dated, f.Short()
		}
	}
	// One size for all small lines: the one at which the owner fits.
	one, err := l.fit(fitting{text: f.Owner, most: small, least: small * 0.8, lines: s.ownerLines}, width, s.Height)
	if err != nil {
		return err
	}
	small = max(one.size, small*0.8)
	var blocks []set
	total := 0
	for _, part := range []fitting{
		{what: "desk", text: f.Desk, bold: true, colour: ink(), most: s.desk, least: s.desk * 0.72, lines: 1},
		{what: "owner", text: f.Owner, colour: soft(), most: small, least: small, lines: s.ownerLines},
		{what: "funders", text: f.Funders, colour: soft(), most: small, least: small, lines: s.ownerLines},
		{what: "dated", text: dated, colour: soft(), most: small, least: small * 0.8, lines: 1},
		{what: "address", text: address, colour: soft(), most: small, least: small * 0.8, lines: 1},
		{what: "fixed", text: f.Fixed, colour: soft(), most: s.fixed, least: s.fixed, lines: 3},
	} {
		part.on = paper()
		b, err := l.fit(part, width, s.Height)
		if err != nil {
			return err
		}
		blocks = append(blocks, b)
		total += b.height()
	}
	total += s.gap / 3
	y := s.Height - s.margin*2/3 - total
	l.bottom = y - s.gap*2/3
	l.column = width
	for i, b := range blocks {
		if i == len(blocks)-1 {
			y += s.gap / 3
		}
		l.put(b, s.margin, y)
		y += b.height()
	}
	// The code stands in the middle of its part, below the line above it.
	space := s.Height - l.bottom - l.qrAt.Dy()
	l.qrAt = l.qrAt.Add(image.Pt(0, l.bottom+space/2-l.qrAt.Min.Y))
	return nil
}

// middle gives the correction and the claim what room is left, in one
// proportion, and takes words from the claim before it takes any from the
// correction.
func (l *layout) middle(words *lang.Words, f Finding) error {
	s := l.shape
	top := s.band + s.gap
	room := l.bottom - s.gap*2/3 - top
	width := s.Width - 2*s.margin
	claimWidth := width - s.gap
	truth := fitting{what: "truth", text: f.Truth, bold: true, colour: ink(), on: paper()}
	label := fitting{what: "label", text: words.T("share.claim"), bold: true, colour: l.colour, on: paper(), size: s.label}
	claim := fitting{what: "claim", text: f.Claim, colour: soft(), on: paper()}
	if f.Claim != "" && !l.printer.legible(f.Claim) {
		claim.text = words.T("share.other_script")
	}
	if !l.printer.legible(f.Truth) {
		truth.text, claim.text = words.T("share.other_script"), ""
	}
	for scale := 1.0; ; scale -= 0.04 {
		truth.size, claim.size = max(s.truth*scale, s.truthMin), max(s.claim*scale, s.claimMin)
		t, err := l.set(truth, width)
		if err != nil {
			return err
		}
		c, err := l.set(claim, claimWidth)
		if err != nil {
			return err
		}
		n, err := l.set(label, claimWidth)
		if err != nil {
			return err
		}
		between := s.gap
		if claim.text == "" {
			n, between = set{}, 0
		}
		height := t.height() + between + n.height() + c.height()
		last := truth.size == s.truthMin && claim.size == s.claimMin
		if height > room && last {
			c.cut(max(1, min(len(c.lines), (room-t.height()-between-n.height())/c.leading())))
			t.cut(max(1, min(len(t.lines), (room-between-n.height()-c.height())/t.leading())))
			height = t.height() + between + n.height() + c.height()
		}
		if height > room && !last {
			continue
		}
		// What is left over stands above and below, a little more below.
		y := top + max(0, (room-height)*2/5)
		l.put(t, s.margin, y)
		y += t.height() + between
		if claim.text != "" {
			l.rule = image.Rect(s.margin, y+2, s.margin+s.gap/5, y+n.height()+c.height()-2)
			l.put(n, s.margin+s.gap, y)
			l.put(c, s.margin+s.gap, y+n.height())
		}
		return nil
	}
}

// paint draws the layout.
func (l *layout) paint() image.Image {
	s := l.shape
	img := image.NewRGBA(image.Rect(0, 0, s.Width, s.Height))
	fill(img, img.Bounds(), paper())
	fill(img, image.Rect(0, 0, s.Width, s.band), l.colour)
	if !l.rule.Empty() {
		fill(img, l.rule, l.colour)
	}
	fill(img, image.Rect(s.margin, l.bottom, s.margin+l.column, l.bottom+2), hair())
	icon := s.band * 62 / 100
	drawSign(img, l.sign, image.Rect(s.margin, (s.band-icon)/2, s.margin+icon, (s.band+icon)/2), white(), l.colour)
	for _, t := range l.texts {
		l.write(img, t)
	}
	if l.qr != nil {
		fill(img, l.qrAt, white())
		for y, row := range l.qr {
			for x, dark := range row {
				if dark {
					at := l.qrAt.Min.Add(image.Pt((x+quiet)*l.module, (y+quiet)*l.module))
					fill(img, image.Rectangle{at, at.Add(image.Pt(l.module, l.module))}, color.RGBA{0, 0, 0, 0xff})
				}
			}
		}
	}
	return fewColours(img, paper(), white(), ink(), soft(), hair(), l.colour)
}

func fill(img draw.Image, at image.Rectangle, c color.RGBA) {
	draw.Draw(img, at, image.NewUniform(c), image.Point{}, draw.Src)
}
