"""Rule packs: knowledge about news furniture as data, one TOML file a family or language."""
