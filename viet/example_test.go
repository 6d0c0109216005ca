package viet_test

import (
	"fmt"

	"sangto/viet"
)

// Three spellings of one name: decomposed, styled, and by the newer school of
// tone placement.
func ExampleCanonical() {
	fmt.Println(viet.Canonical("Hoa\u0300 Bi\u0300nh"))
	fmt.Println(viet.Canonical("𝗛𝗼𝗮̀ 𝗕𝗶̀𝗻𝗵"))
	fmt.Println(viet.Canonical("Hoà Bình"))
	// Output:
	// Hòa Bình
	// Hòa Bình
	// Hòa Bình
}

func ExampleFold() {
	fmt.Println(viet.Fold("Đập HOÀ Bình xả lũ"))
	// Output: dap hoa binh xa lu
}

// Offsets refer to the string that was given, so words can be marked in it.
func ExampleTokens() {
	message := "𝗫𝗮̉ lũ lúc 19h, gọi [phone] #NongTrongNgay"
	for _, t := range viet.Tokens(message) {
		fmt.Printf("%-11s %-14s %s\n", t.Kind, t.Folded, message[t.Start:t.End])
	}
	// Output:
	// word        xa             𝗫𝗮̉
	// word        lu             lũ
	// word        luc            lúc
	// number      19             19
	// word        h              h
	// word        goi            gọi
	// placeholder phone          [phone]
	// hashtag     nongtrongngay  #NongTrongNgay
}

func ExampleSplitHashtag() {
	fmt.Println(viet.SplitHashtag("#NongTrongNgay"), viet.SplitHashtag("#nongtrongngay"))
	// Output: [nong trong ngay] [nong trong ngay]
}

func ExampleReadTelex() {
	fmt.Println(viet.ReadTelex("nhieeuf"))
	fmt.Println(viet.ReadTelex("server"))
	// Output:
	// nhiều true
	//  false
}

func ExampleReadVNI() {
	fmt.Println(viet.ReadVNI("d9u7o7ng2"))
	// Output: đường true
}

func ExampleChat() {
	fmt.Println(viet.Chat("ko"))
	// Output: không true
}

func ExampleLinkWords() {
	fmt.Println(viet.LinkWords("https://tinnong.example/xa-lu-dap-hoa-binh-4826711.html?fbclid=x"))
	// Output: [xa lu dap hoa binh]
}

func ExampleSayNumber() {
	fmt.Println(viet.SayNumber("1001005"))
	fmt.Println(viet.SayDecimal("38", "6"))
	fmt.Println(viet.SayDigits("113"))
	// Output:
	// một triệu không trăm linh một nghìn không trăm linh năm
	// ba mươi tám phẩy sáu
	// một một ba
}
