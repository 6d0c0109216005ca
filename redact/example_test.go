package redact_test

import (
	"fmt"

	"sangto/redact"
)

func ExampleRedact() {
	r := redact.Redact("[12/05/2024, 19:30] Chị Hoa: ủng hộ 500.000đ vào STK 1903456789012, gọi ０９１２ 345 678 hoặc 1900 1234")
	fmt.Println(r.Text)
	fmt.Println(r.Found)
	// Output:
	// [12/05/2024, 19:30] [sender]: ủng hộ 500.000đ vào STK [account], gọi [phone] hoặc 1900 1234
	// [{account 1} {phone 1} {sender 1}]
}

// The words of an author tail help to find the check of a message, and are for
// that alone.
func ExampleResult_tail() {
	r := redact.Redact("The dam has burst — Jane Doe (@jane_doe99) May 5, 2024")
	fmt.Println(r.Text)
	fmt.Println(r.Tail)
	// Output:
	// The dam has burst — [sender]
	// [jane doe jane doe 99 may 5 2024]
}

func ExampleHints() {
	for _, h := range redact.Hints("Anh Nguyễn Văn Nam ở số 12 ngõ 34 đường Láng bị mất xe") {
		fmt.Println(h.Kind+":", h.Text)
	}
	// Output:
	// name: Anh Nguyễn Văn Nam
	// address: số 12 ngõ 34 đường Láng
}
