// auth.ts, for next-auth 5; in .env.local: AUTH_SECRET=<<random>>
// Sign out at <<end_session_endpoint>>?client_id=<<client_id_encoded>>&post_logout_redirect_uri=<<url_encoded>>%2F
import NextAuth from "next-auth"

export const { handlers, auth, signIn, signOut } = NextAuth({
  providers: [
    {
      id: "porteiro",
      name: "Porteiro",
      type: "oidc",
      issuer: "<<issuer>>",
      clientId: "<<client_id>>",
      clientSecret: "<<client_secret>>",
      checks: ["pkce", "state", "nonce"],
      authorization: { params: { scope: "openid profile email" } },
    },
  ],
})
