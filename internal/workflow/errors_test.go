package workflow_test

import (
	"errors"

	"sangto/internal/desk"
)

func asDesk(err error, e **desk.Error) bool { return errors.As(err, e) }
