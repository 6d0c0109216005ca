package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sangto/client"
)

// invented stands for a desk, so that the examples run without one.
func invented(body string) *http.Client {
	return &http.Client{Transport: canned{http.StatusOK, "application/json", body}}
}

func ExampleClient_Lookup() {
	desk, err := client.New("https://desk.example", invented(`{"text":"nuoc chanh chua ung thu","outcome":"answer","candidates":[],
		"answer":{"differs":[],"check":{"url":"https://desk.example/c/0123456789abcdef","verdict":{"code":"not_true","vi":"Không đúng","en":"Not true"},
		"desk":{"name":"Bàn Ví Dụ","owner":"Hợp tác xã Ví Dụ"},"line":{"vi":"…","en":"This judges one sentence. …"}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := desk.Lookup(context.Background(), "nuoc chanh chua ung thu")
	var problem *client.Problem
	switch {
	case errors.As(err, &problem) && problem.Wait() > 0:
		fmt.Println("later:", problem.Wait())
	case err != nil:
		fmt.Println(err)
	case found.Answer == nil:
		fmt.Println("No desk here has checked this. That says nothing about whether it is true.")
	default:
		check := found.Answer.Check
		fmt.Println(check.Verdict.EN, check.URL)
		fmt.Println(check.Desk.Name, "·", check.Desk.Owner)
		fmt.Println(check.Line.EN)
	}
	// Output:
	// Not true https://desk.example/c/0123456789abcdef
	// Bàn Ví Dụ · Hợp tác xã Ví Dụ
	// This judges one sentence. …
}

func ExampleClient_Ask() {
	desk, err := client.New("https://desk.example", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	token, err := desk.Token(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	time.Sleep(time.Duration(token.NotFor) * time.Second)
	for range 3 { // the same call counts once, however often it is sent
		sent, err := desk.Ask(ctx, token.Token, "Có đúng là chợ quê mở lại từ thứ Bảy?", true)
		var problem *client.Problem
		if err == nil || errors.As(err, &problem) {
			fmt.Println(sent.Receipt, err)
			return
		}
		time.Sleep(time.Second)
	}
}
