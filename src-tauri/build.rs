//! Tells Tauri which commands exist, so that each is under the access list: without this every command
//! would be open to every window. The names are read from the one list in src/ipc.rs.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=src/ipc.rs");
    let source = std::fs::read_to_string("src/ipc.rs")?;
    let (_, rest) = source.split_once("generate_handler![").ok_or("src/ipc.rs has no list of commands")?;
    let (list, _) = rest.split_once(']').ok_or("the list of commands in src/ipc.rs has no end")?;
    let names: Vec<&'static str> = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        // A command's file is not part of its name.
        .map(|name| name.rsplit("::").next().unwrap_or(name))
        .map(|name| -> &'static str { Box::leak(name.to_owned().into_boxed_str()) })
        .collect();
    let manifest = tauri_build::AppManifest::new().commands(Box::leak(names.into_boxed_slice()));
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
