use credential::{TokenCredential, TokenRequest, Transport};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let var = |name: &str| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let client = credential_http::HttpClient::new()?;
    let resource = acs_hmac::ConnectionString::parse(&var("COMMUNICATION_SERVICES_CONNECTION_STRING")?)?;
    let url = resource.endpoint().uri("/identities?api-version=2023-10-01")?;
    let mut request = http::Request::post(url).header("content-type", "application/json").body("{}".into())?;
    acs_hmac::Signer::new(resource.into_access_key())?.sign(&mut request)?;
    let answer = client.send(request).await?;
    let app = entra::ClientSecretCredential::builder(&var("TENANT")?, &var("CLIENT")?, var("SECRET")?)
        .authority(entra::Authority::parse(&var("AUTHORITY")?)?)
        .transport(std::sync::Arc::new(client))
        .build()?;
    let token = app.get_token(&TokenRequest::new(["https://management.azure.com/.default"])).await?;
    assert!(token.expires_at() > std::time::SystemTime::now());
    println!("signed: {}; token: bearer", answer.status());
    Ok(())
}
