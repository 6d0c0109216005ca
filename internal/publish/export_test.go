package publish

import (
	"image"
	"image/color"

	"sangto/internal/lang"
)

// Line is a line of a card as the tests see it.
type Line struct {
	What, Text string
	Size       float64
	Colour, On color.RGBA
	// Box is where the line may leave ink, Ink where it does.
	Box, Ink image.Rectangle
	// Collides says that it runs into a line before it.
	Collides bool
}

// Lines are the lines of a card.
func (p *Printer) Lines(words *lang.Words, f Finding, s Shape) ([]Line, image.Rectangle, error) {
	l, err := p.layOut(words, f, s)
	if err != nil {
		return nil, image.Rectangle{}, err
	}
	var out []Line
	taken := image.NewAlpha(image.Rect(-100, -100, s.Width+200, s.Height+200))
	for _, t := range l.texts {
		around := image.Rect(t.box.Min.X-40, t.box.Min.Y-30, t.box.Max.X+200, t.box.Max.Y+30)
		blank := image.NewRGBA(around)
		l.write(blank, t)
		line := Line{t.what, t.text, t.size, t.colour, t.on, t.box, inked(blank), false}
		for y := line.Ink.Min.Y; y < line.Ink.Max.Y; y++ {
			for x := line.Ink.Min.X; x < line.Ink.Max.X; x++ {
				if blank.Pix[blank.PixOffset(x, y)+3] > 40 {
					line.Collides = line.Collides || taken.AlphaAt(x, y).A > 0
					taken.SetAlpha(x, y, color.Alpha{1})
				}
			}
		}
		out = append(out, line)
	}
	return out, l.qrAt, nil
}

// inked is the smallest rectangle that holds everything drawn.
func inked(img *image.RGBA) image.Rectangle {
	var r image.Rectangle
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		row := img.Pix[img.PixOffset(img.Rect.Min.X, y):img.PixOffset(img.Rect.Max.X-1, y)]
		for x := 3; x < len(row); x += 4 {
			if row[x] > 40 {
				r = r.Union(image.Rect(img.Rect.Min.X+x/4, y, img.Rect.Min.X+x/4+1, y+1))
			}
		}
	}
	return r
}

// BreakLines breaks text as a card does, at a size of its regular font.
func (p *Printer) BreakLines(text string, size float64, width int) ([]string, error) {
	face, err := p.face(false, size)
	if err != nil {
		return nil, err
	}
	return breakLines(face, text, width), nil
}
