//! `porteiro dev`: everything set up, for trying out and for development.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::audit::Origin;
use crate::cli::{Failure, Global, Output, load_config, serve};
use crate::config::Mode;
use crate::logging;
use crate::oauth::{GrantType, Scope};
use crate::secret::Kind;
use crate::store::{Client, ClientSecret, PasswordHash, Profile, SecretHash, User};

/// What the demo's parties prove themselves with. Kept beside the database, so
/// that a restart does not change what was pasted elsewhere.
#[derive(Serialize, Deserialize)]
struct Demo {
    client_secret: String,
    password: String,
    admin_password: String,
}

/// Sets up what is missing, prints what to paste, and serves.
pub fn run(global: &Global, output: Output) -> Result<(), Failure> {
    let config = load_config(global, Mode::Dev)?.config;
    let _flush = logging::start(&config.log);
    let folder = data_folder(config.database.url.reveal());
    serve::runtime()?.block_on(async {
        let app = serve::open(config).await?.with(|parts| parts.teaching = true);
        let demo = set_up(&app, &folder).await?;
        serve::listen(app, |app| announce(app, &demo, output)).await
    })
}

fn data_folder(url: &str) -> PathBuf {
    let file = url.strip_prefix("sqlite:").map(|rest| Path::new(rest.trim_start_matches("//")));
    let folder = file.and_then(Path::parent).map(Path::to_path_buf);
    folder.unwrap_or_else(|| PathBuf::from("porteiro-data"))
}

async fn set_up(app: &App, folder: &Path) -> Result<Demo, Failure> {
    let demo = credentials(app, folder)?;
    demo_client(app, &demo).await?;
    person(app, "demo", &demo.password, false).await?;
    person(app, "admin", &demo.admin_password, true).await?;
    Ok(demo)
}

/// Fresh random ones at the first start; nothing usable is shipped.
fn credentials(app: &App, folder: &Path) -> Result<Demo, Failure> {
    let path = folder.join("demo.json");
    let unusable = |cause: &dyn std::fmt::Display| Failure::Failed(format!("{}: {cause}", path.display()));
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|cause| unusable(&cause)),
        Err(_) => {
            let fresh = || Kind::ClientSecret.generate(&app.random).map(|secret| secret.reveal().to_owned());
            let demo = Demo { client_secret: fresh()?, password: fresh()?, admin_password: fresh()? };
            fs::create_dir_all(folder).map_err(|cause| unusable(&cause))?;
            let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            let text = serde_json::to_vec_pretty(&demo).map_err(|cause| unusable(&cause))?;
            file.and_then(|mut file| file.write_all(&text)).map_err(|cause| unusable(&cause))?;
            Ok(demo)
        }
    }
}

async fn demo_client(app: &App, demo: &Demo) -> Result<(), Failure> {
    if app.store.client("demo").await?.is_some() {
        return Ok(());
    }
    let now = app.now();
    let mut client = Client::new("demo", now);
    client.client_name = Some("Demo".into());
    client.grant_types = vec![
        GrantType::AuthorizationCode,
        GrantType::ClientCredentials,
        GrantType::Password,
        GrantType::RefreshToken,
    ];
    client.response_types = vec!["code".into()];
    client.redirect_uris =
        vec!["http://localhost:8000/callback".into(), "http://127.0.0.1:8000/callback".into()];
    client.scope = Scope::parse("openid profile email groups roles offline_access demo.read")?;
    let secret = ClientSecret {
        id: app.random.uuid_v7(now)?,
        client_id: client.client_id.clone(),
        hash: SecretHash::Sha256(crate::secret::sha256(demo.client_secret.as_bytes()).to_vec()),
        created_at: now,
        expires_at: None,
    };
    app.store.create_client(&client, Some(&secret), Origin::server()).await?;
    Ok(())
}

async fn person(app: &App, username: &str, password: &str, admin: bool) -> Result<(), Failure> {
    if app.store.user_by_login(username).await?.is_some() {
        return Ok(());
    }
    let now = app.now();
    let hash = app.hasher.hash(&crate::secret::Secret::new(password), &app.random).await?;
    let user = User {
        sub: app.random.uuid_v7(now)?.to_string(),
        username: username.to_owned(),
        email: Some(format!("{username}@example.com")),
        email_verified: true,
        password: Some(PasswordHash(hash)),
        profile: Profile { name: Some(format!("{username} user")), ..Profile::default() },
        groups: vec![String::from(if admin { "admins" } else { "users" })],
        roles: Vec::new(),
        admin,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    app.store.create_user(&user, Origin::server()).await?;
    Ok(())
}

fn announce(app: &App, demo: &Demo, output: Output) {
    let issuer = app.config.issuer.as_str();
    let at = |path| app.config.issuer.join(path);
    let secret = &demo.client_secret;
    output.line(&format!(
        "Porteiro is ready: {issuer}

  client          demo
  client secret   {secret}
  person          demo / {password}
  administrator   admin / {admin}

A token:
  TOKEN=$(curl -s -u demo:{secret} {token} -d grant_type=client_credentials | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')

Use it:
  curl -i -H \"Authorization: Bearer $TOKEN\" {verify}

Take it back, then use it again:
  curl -i -u demo:{secret} {revoke} -d token=$TOKEN

Sign in as the person, or administer as the administrator:
  {account}
  {pages}
",
        password = demo.password,
        admin = demo.admin_password,
        token = at("/oauth2/token"),
        verify = at("/oauth2/verify"),
        revoke = at("/oauth2/revoke"),
        account = at("/account"),
        pages = at("/admin"),
    ));
}
