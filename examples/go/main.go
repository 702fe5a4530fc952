// An API that lets good tokens in: go run .
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	porteiro := &Porteiro{
		Issuer:       os.Getenv("ISSUER"),
		Audience:     os.Getenv("AUDIENCE"),
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
	}
	go porteiro.Follow()
	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "{}") })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), porteiro.Guard(orders)))
}
