package platform

import "golang.org/x/sys/windows/registry"

// setValue sets a text below HKEY_CURRENT_USER, unless it is there already.
func setValue(path, name, value string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.QUERY_VALUE|registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer func() { _ = key.Close() }()
	if now, kind, err := key.GetStringValue(name); err == nil && kind == registry.SZ && now == value {
		return nil
	}
	return key.SetStringValue(name, value)
}
