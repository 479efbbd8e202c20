//! The way to Microsoft: proxy, a further authority, and the connection test.

use tauri::{AppHandle, State};

use super::Given;
use crate::{
    stage::Stage,
    view::{Home, NetworkTest, ProxyChoice},
};

/// Sets the proxy to Microsoft, for the next request on.
#[tauri::command]
pub async fn set_proxy(stage: State<'_, Stage>, choice: ProxyChoice) -> Given<Home> {
    stage.set_proxy(choice).await
}

/// Asks natively for the password of the proxy's user; it never comes here.
#[tauri::command]
pub async fn lend_proxy_password(app: AppHandle, stage: State<'_, Stage>) -> Given<Home> {
    stage.lend_proxy_password(&app).await
}

/// Asks natively for the certificate file of a further authority.
#[tauri::command]
pub async fn pick_ca_file(app: AppHandle, stage: State<'_, Stage>) -> Given<Home> {
    stage.pick_ca_file(&app).await
}

/// Trusts the system's authorities only.
#[tauri::command]
pub async fn forget_ca_file(stage: State<'_, Stage>) -> Given<Home> {
    stage.forget_ca_file().await
}

/// Asks both hosts of the cloud by the set way, without a token.
#[tauri::command]
pub async fn test_network(stage: State<'_, Stage>) -> Given<NetworkTest> {
    stage.test_network().await
}
