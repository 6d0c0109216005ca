package app

import (
	"context"

	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/mirror"
	"sangto/internal/verify"
)

// CopyRecord brings a mirror up to what a site shows; see mirror.Copy.
func CopyRecord(ctx context.Context, from, dir string, o mirror.Options) (*verify.Report, error) {
	place, err := RecordPlace(from)
	if err != nil {
		return nil, err
	}
	web, ok := place.Source.(*verify.Web)
	if !ok {
		return nil, errNoAddress(from)
	}
	return mirror.Copy(ctx, web, dir, o)
}

// RunMirror serves the mirror in a folder until ctx ends.
func RunMirror(ctx context.Context, dir, listen string, opened func(addr string, about mirror.About)) error {
	shelf, err := mirror.OpenShelf(dir)
	if err != nil {
		return err
	}
	defer func() { _ = shelf.Close() }()
	about, err := mirror.ReadAbout(dir)
	if err != nil {
		return err
	}
	words, err := lang.Load()
	if err != nil {
		return err
	}
	g := gate.New(gate.Config{Refuse: mirror.Refuse(words)})
	pages, err := mirror.Handler(shelf, words, g)
	if err != nil {
		return err
	}
	return serveAlone(ctx, listen, g.Server(pages), func(addr string) { opened(addr, about) })
}
