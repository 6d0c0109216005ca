//go:build !unix

package store

import (
	"errors"

	"sangto/internal/desk"
)

// LockFolder needs a lock that ends with its process, which this system does
// not offer in a way we test.
func LockFolder(dir string) (release func(), err error) {
	return nil, &desk.Error{Kind: desk.Unavailable, Op: "lock folder", Key: "error.storage", Err: errors.ErrUnsupported}
}

// lockSchemaFolder: without LockFolder there is one program at most.
func lockSchemaFolder(string) (release func(), err error) { return func() {}, nil }
