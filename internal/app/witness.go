package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/store"
	"sangto/internal/witness"
)

// WitnessLog is a log that a witness follows.
type WitnessLog = witness.Log

// witnessFolder is where the witness lies in a data folder: beside a desk, or
// alone.
func witnessFolder(data string) string { return filepath.Join(data, "witness") }

// OpenWitness opens the witness of a data folder, to follow and leave logs. It
// may be running.
func OpenWitness(data string) (*witness.Folder, error) { return witness.Open(witnessFolder(data)) }

// RunWitness answers for the witness of a data folder until ctx ends. name is
// needed the first time. opened is told the address that was taken and the
// witness's key. A second witness on one folder is refused.
func RunWitness(ctx context.Context, data, listen, name string, opened func(addr, vkey string)) error {
	f, err := OpenWitness(data)
	if err != nil {
		return err
	}
	release, err := store.LockFolder(witnessFolder(data))
	if err != nil {
		return err
	}
	defer release()
	w, signer, err := f.Witness(name, time.Now)
	if err != nil {
		return err
	}
	words, err := lang.Load()
	if err != nil {
		return err
	}
	vkey := signer.VerifierKey()
	g := gate.New(gate.Config{})
	return serveAlone(ctx, listen, g.Server(witness.Handler(w, vkey, words)), func(addr string) { opened(addr, vkey) })
}

// serveAlone runs one server until ctx ends, then lets requests finish.
func serveAlone(ctx context.Context, listen string, server *http.Server, opened func(addr string)) error {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return &desk.Error{Kind: desk.Unavailable, Op: "listen", Key: "config.error.listen", Args: map[string]any{"Addr": listen}, Err: err}
	}
	opened(ln.Addr().String())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	select {
	case err = <-served:
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		if err = server.Shutdown(grace); err != nil {
			return errors.Join(fmt.Errorf("requests were cut off after %s: %w", stopWithin, err), server.Close())
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
