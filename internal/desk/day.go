package desk

import (
	"errors"
	"time"
)

// Day is a calendar day in the desk's time zone, counted from 1 January 1970.
// Rows that an asker causes carry a Day and nothing finer: a precise time
// would let whoever reads the database line questions up with network logs.
type Day int32

const secondsPerDay = 24 * 60 * 60

// DayOf returns the day that t falls on in zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// Time returns midnight UTC of the day's date, for formatting.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String formats the day as 2006-01-02, or "" for the zero Day.
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

var errDay = errors.New("a day is written YYYY-MM-DD")

// ParseDay reads 2006-01-02. Longer RFC 3339 times are read by their date
// part. Days before 1900 or after 2999 are refused as slips.
func ParseDay(s string) (Day, error) {
	if len(s) > len(time.DateOnly) && (s[10] == 'T' || s[10] == ' ') {
		s = s[:10]
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() > 2999 {
		return 0, errDay
	}
	return Day(t.Unix() / secondsPerDay), nil
}

// MarshalText writes the day as YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; empty is the zero Day.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDay(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
