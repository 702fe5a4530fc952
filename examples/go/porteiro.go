package main

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The feed's heart beats every second.
const silence = 3 * time.Second

// Porteiro checks access tokens without asking the server about each:
// signatures by its keys, revocations by its feed.
type Porteiro struct {
	Issuer, Audience, ClientID, ClientSecret string

	mu       sync.RWMutex
	keys     map[string]jwk
	ids      map[string]int64
	marks    map[string]int64
	position string
	heard    time.Time
}

type jwk struct{ Kid, Kty, Alg, N, E, X, Y string }

// Claims of a good token.
type Claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Expires  int64    `json:"exp"`
	ID       string   `json:"jti"`
	ClientID string   `json:"client_id"`
	GrantID  string   `json:"grant_id"`
	Session  string   `json:"sid"`
}

type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// Follow runs for as long as the program does.
func (p *Porteiro) Follow() {
	p.ids, p.marks, p.position = map[string]int64{}, map[string]int64{}, "0"
	for {
		_ = p.read()
		time.Sleep(500 * time.Millisecond)
	}
}

func (p *Porteiro) read() error {
	if err := p.loadKeys(); err != nil {
		return err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"revocations.read"}}
	request, err := http.NewRequest("POST", p.Issuer+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := fetch(request, &answer); err != nil {
		return err
	}
	request, err = http.NewRequest("GET", p.Issuer+"/oauth2/revocations", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+answer.AccessToken)
	request.Header.Set("Last-Event-ID", p.position)
	feed, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer feed.Body.Close()
	if feed.StatusCode != 200 {
		return fmt.Errorf("the feed answers %s", feed.Status)
	}
	watchdog := time.AfterFunc(silence, func() { feed.Body.Close() })
	defer watchdog.Stop()
	event, synced := map[string]string{}, false
	lines := bufio.NewScanner(feed.Body)
	for lines.Scan() {
		watchdog.Reset(silence)
		if name, value, found := strings.Cut(lines.Text(), ":"); found {
			event[name] = strings.TrimPrefix(value, " ")
			continue
		}
		if err := p.take(event); err != nil {
			return err
		}
		synced = synced || event["event"] == "synced"
		if synced {
			p.mu.Lock()
			p.heard = time.Now()
			p.mu.Unlock()
		}
		event = map[string]string{}
	}
	return lines.Err()
}

func (p *Porteiro) take(event map[string]string) error {
	if event["event"] == "keys" {
		return p.loadKeys()
	}
	if event["event"] == "" && event["data"] != "" {
		var revocation struct {
			Kind, Subject string
			IssuedBefore  int64 `json:"issued_before"`
			ExpiresAt     int64 `json:"expires_at"`
		}
		if err := json.Unmarshal([]byte(event["data"]), &revocation); err != nil {
			return err
		}
		name := revocation.Kind + " " + revocation.Subject
		p.mu.Lock()
		switch revocation.Kind {
		case "user", "client", "all":
			p.marks[name] = max(p.marks[name], revocation.IssuedBefore)
		default:
			p.ids[name] = revocation.ExpiresAt
			if len(p.ids)%1000 == 0 {
				p.forgetExpired()
			}
		}
		p.mu.Unlock()
	}
	if id := event["id"]; id != "" {
		p.position = id
	}
	return nil
}

func (p *Porteiro) forgetExpired() {
	for name, end := range p.ids {
		if end < time.Now().UnixMilli() {
			delete(p.ids, name)
		}
	}
}

func (p *Porteiro) loadKeys() error {
	request, err := http.NewRequest("GET", p.Issuer+"/.well-known/jwks.json", nil)
	if err != nil {
		return err
	}
	var set struct{ Keys []jwk }
	if err := fetch(request, &set); err != nil {
		return err
	}
	keys := map[string]jwk{}
	for _, key := range set.Keys {
		keys[key.Kid] = key
	}
	p.mu.Lock()
	p.keys = keys
	p.mu.Unlock()
	return nil
}

func fetch(request *http.Request, into any) error {
	answer, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return fmt.Errorf("%s answers %s", request.URL.Path, answer.Status)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

// Check returns the claims of a good token, or the status and code of the refusal.
func (p *Porteiro) Check(authorization string) (*Claims, int, string) {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return nil, 401, "token_missing"
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	claims, good := p.signed(token)
	switch {
	case !good || claims.Issuer != p.Issuer:
		return nil, 401, "token_malformed"
	case p.revoked(claims):
		return nil, 401, "token_revoked"
	case claims.Expires <= time.Now().Unix():
		return nil, 401, "token_expired"
	case !claims.isFor(p.Audience):
		return nil, 401, "token_audience"
	case time.Since(p.heard) > silence:
		return nil, 503, "temporarily_unavailable"
	}
	return claims, 200, ""
}

func (c *Claims) isFor(audience string) bool {
	for _, one := range c.Audience {
		if one == audience {
			return true
		}
	}
	return false
}

func (p *Porteiro) signed(token string) (*Claims, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var header struct{ Typ, Alg, Kid string }
	claims := &Claims{}
	if !decode(parts[0], &header) || !decode(parts[1], claims) || len(claims.ID) != 36 {
		return nil, false
	}
	key, known := p.keys[header.Kid]
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	good := known && err == nil && header.Typ == "at+jwt" && header.Alg == key.Alg
	return claims, good && key.verify([]byte(parts[0]+"."+parts[1]), signature)
}

func decode(part string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(text, into) == nil
}

func (k jwk) verify(message, signature []byte) bool {
	number := func(text string) *big.Int {
		bytes, _ := base64.RawURLEncoding.DecodeString(text)
		return new(big.Int).SetBytes(bytes)
	}
	digest := sha256.Sum256(message)
	switch k.Alg {
	case "RS256":
		key := &rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	case "ES256":
		if len(signature) != 64 {
			return false
		}
		key := &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(k.X), Y: number(k.Y)}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, digest[:], r, s)
	case "EdDSA":
		key, err := base64.RawURLEncoding.DecodeString(k.X)
		return err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
	}
	return false
}

func (p *Porteiro) revoked(c *Claims) bool {
	for _, id := range []string{"token " + c.ID, "grant " + c.GrantID, "session " + c.Session} {
		if _, dead := p.ids[id]; dead {
			return true
		}
	}
	// A token is as old as the authorization that it came of.
	givenAt, err := millisecond(c.ID)
	if c.GrantID != "" && err == nil {
		var grantedAt int64
		grantedAt, err = millisecond(c.GrantID)
		givenAt = min(givenAt, grantedAt)
	}
	if err != nil {
		return true
	}
	for _, mark := range []string{"user " + c.Subject, "client " + c.ClientID, "all "} {
		if before, set := p.marks[mark]; set && before >= givenAt {
			return true
		}
	}
	return false
}

// millisecond is what a UUIDv7 begins with.
func millisecond(id string) (int64, error) {
	digits := strings.ReplaceAll(id, "-", "")
	return strconv.ParseInt(digits[:min(12, len(digits))], 16, 64)
}

// Guard lets requests with a good token through.
func (p *Porteiro) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, status, code := p.Check(r.Header.Get("Authorization")); status != 200 {
			challenge := `Bearer error="invalid_token"`
			if code == "token_missing" {
				challenge = "Bearer"
			}
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, code, status)
			return
		}
		next.ServeHTTP(w, r)
	})
}
