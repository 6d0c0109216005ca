package publish

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// quiet is the empty border a QR code needs, in modules (ISO/IEC 18004, 6.3.8).
const quiet = 4

// code makes the modules of a QR code without its border, true for dark.
// Level M survives a crease or a stain.
func code(address string) ([][]bool, error) {
	q, err := qrcode.New(address, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	q.DisableBorder = true
	return q.Bitmap(), nil
}

// QR is a code as the path of an SVG picture: Side is the side of its square,
// the border included, and Path its dark modules.
type QR struct {
	Side int
	Path string
}

// NewQR makes the QR code of an address, which may have 500 bytes.
func NewQR(address string) (QR, error) {
	const most = 500
	if len(address) > most {
		return QR{}, fmt.Errorf("QR code: an address of %d bytes", len(address))
	}
	modules, err := code(address)
	if err != nil {
		return QR{}, err
	}
	var path strings.Builder
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			long := 0
			for x+long < len(row) && row[x+long] {
				long++
			}
			if long > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, long, long)
				x += long
			}
		}
	}
	return QR{Side: len(modules) + 2*quiet, Path: path.String()}, nil
}
