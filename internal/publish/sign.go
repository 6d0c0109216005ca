package publish

import (
	"image"
	"image/color"
	"math"
	"slices"

	"golang.org/x/image/vector"
)

// grid is the side of the square that signs are drawn in, as on the pages.
const grid = 24

// point is a place on the grid.
type point struct{ x, y float64 }

// drawSign draws the sign of a verdict: a disc of one colour with the sign cut
// out of it in the other.
func drawSign(img *image.RGBA, sign string, at image.Rectangle, disc, colour color.RGBA) {
	b := brush{at: at, r: vector.NewRasterizer(at.Dx(), at.Dy())}
	b.disc(point{grid / 2, grid / 2}, grid/2)
	b.paint(img, disc)
	const width = 2.5
	switch sign {
	case "true":
		b.stroke(width, point{6.4, 12.6}, point{10.4, 16.6}, point{17.6, 8})
	case "mostly_true":
		b.stroke(width, point{6.8, 10.6}, point{10.4, 14.2}, point{17.2, 6.4})
		for x := 7.2; x < 17.5; x += 3.2 {
			b.disc(point{x, 18}, width/2)
		}
	case "missing_context":
		b.stroke(2.2, arc(point{12, 12}, 6.6, 0, 2*math.Pi)...)
		half := arc(point{12, 12}, 6.6, -math.Pi/2, math.Pi/2)
		b.polygon(half...)
	case "not_true":
		b.stroke(width, point{7.4, 7.4}, point{16.6, 16.6})
		b.stroke(width, point{16.6, 7.4}, point{7.4, 16.6})
	case "not_enough_evidence":
		hook := arc(point{12, 9}, 3.5, math.Pi*0.98, math.Pi*2.36)
		b.stroke(2.3, append(hook, point{12, 13.2}, point{12, 14.2})...)
		b.disc(point{12, 18}, 1.4)
	case "not_rated":
		b.stroke(width, point{7, 12}, point{17, 12})
	case "withdrawn":
		back := append([]point{{7, 9.6}, {13.6, 9.6}}, arc(point{13.6, 13.3}, 3.7, -math.Pi/2, math.Pi/2)...)
		b.stroke(2.2, append(back, point{10, 17})...)
		b.stroke(2.2, point{10, 6.6}, point{7, 9.6}, point{10, 12.6})
	case "read":
		b.stroke(width, point{8, 16}, point{16, 8})
		b.stroke(width, point{9.6, 8}, point{16, 8}, point{16, 14.4})
	default: // another desk's words: quotation marks
		for _, x := range []float64{8.6, 15.2} {
			b.disc(point{x, 13.6}, 2.3)
			b.stroke(1.7, point{x - 1.4, 13.2}, point{x - 0.9, 10.6}, point{x + 1.3, 8.2})
		}
	}
	b.paint(img, colour)
}

// brush collects shapes on the grid and paints them at once, so that where
// they overlap nothing is painted twice.
type brush struct {
	at image.Rectangle
	r  *vector.Rasterizer
}

func (b *brush) place(p point) (float32, float32) {
	scale := float64(b.at.Dx()) / grid
	return float32(p.x * scale), float32(p.y * scale)
}

// polygon adds an area, always turned the same way: the rasteriser subtracts
// what turns against the rest.
func (b *brush) polygon(points ...point) {
	area := 0.0
	for i, p := range points {
		q := points[(i+1)%len(points)]
		area += p.x*q.y - q.x*p.y
	}
	for i := range points {
		p := points[i]
		if area < 0 {
			p = points[len(points)-1-i]
		}
		if x, y := b.place(p); i == 0 {
			b.r.MoveTo(x, y)
		} else {
			b.r.LineTo(x, y)
		}
	}
	b.r.ClosePath()
}

func (b *brush) disc(centre point, radius float64) {
	b.polygon(arc(centre, radius, 0, 2*math.Pi)...)
}

// stroke adds a line with round ends and corners.
func (b *brush) stroke(width float64, points ...point) {
	for i, p := range points {
		b.disc(p, width/2)
		if i == 0 {
			continue
		}
		q := points[i-1]
		dx, dy := p.x-q.x, p.y-q.y
		long := math.Hypot(dx, dy)
		if long == 0 {
			continue
		}
		nx, ny := -dy/long*width/2, dx/long*width/2
		b.polygon(point{q.x + nx, q.y + ny}, point{p.x + nx, p.y + ny}, point{p.x - nx, p.y - ny}, point{q.x - nx, q.y - ny})
	}
}

func (b *brush) paint(img *image.RGBA, c color.RGBA) {
	b.r.Draw(img, b.at, image.NewUniform(c), image.Point{})
	b.r.Reset(b.at.Dx(), b.at.Dy())
}

// arc is part of a circle as points, from one angle to another, clockwise on
// the screen.
func arc(centre point, radius, from, to float64) []point {
	const steps = 48
	points := make([]point, 0, steps+1)
	for i := range steps + 1 {
		a := from + (to-from)*float64(i)/steps
		points = append(points, point{centre.x + radius*math.Cos(a), centre.y + radius*math.Sin(a)})
	}
	return points
}

// fewColours turns a picture of few colours and their blends into one with a
// palette, which makes its file a third as large. Channels are rounded to
// steps until at most 256 colours are left; those that are kept are not.
func fewColours(img *image.RGBA, kept ...color.RGBA) image.Image {
	for _, step := range []int{1, 4, 8, 16} {
		index := map[color.RGBA]uint8{}
		var palette color.Palette
		out := image.NewPaletted(img.Rect, nil)
		full := false
		var last color.RGBA
		var n uint8
		for i := 0; i < len(img.Pix); i += 4 {
			// Most of a card is runs of one colour.
			if c := (color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 0xff}); c != last || i == 0 {
				last = c
				if !slices.Contains(kept, c) {
					c = color.RGBA{rounded(c.R, step), rounded(c.G, step), rounded(c.B, step), 0xff}
				}
				known := false
				if n, known = index[c]; !known {
					if full = len(palette) == 256; full {
						break
					}
					n = uint8(len(palette))
					index[c] = n
					palette = append(palette, c)
				}
			}
			out.Pix[i/4] = n
		}
		if !full {
			out.Palette = palette
			return out
		}
	}
	return img
}

// rounded keeps both ends of the scale.
func rounded(v uint8, step int) uint8 {
	return uint8(min(255, (int(v)+step/2)/step*step))
}
