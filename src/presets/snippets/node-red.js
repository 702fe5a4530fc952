// settings.js; needs: npm install passport-openidconnect
adminAuth: {
    type: "strategy",
    strategy: {
        name: "openidconnect",
        label: "Sign in with Porteiro",
        icon: "fa-key",
        strategy: require("passport-openidconnect").Strategy,
        options: {
            issuer: "<<issuer>>",
            authorizationURL: "<<authorization_endpoint>>",
            tokenURL: "<<token_endpoint>>",
            userInfoURL: "<<userinfo_endpoint>>",
            clientID: "<<client_id>>",
            clientSecret: "<<client_secret>>",
            callbackURL: "<<redirect_uri>>",
            scope: ["profile", "email"]
        }
    },
    // Everybody who can sign in may edit; return null for those who may not.
    users: function (username) {
        return Promise.resolve({ username: username, permissions: "*" });
    }
},
// In an editorTheme that is there already, add the logout to it.
editorTheme: {
    logout: {
        redirect: "<<end_session_endpoint>>?client_id=<<client_id_encoded>>&post_logout_redirect_uri=<<url_encoded>>"
    }
},
