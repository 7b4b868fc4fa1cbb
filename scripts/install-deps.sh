#!/bin/sh
# Installs the system packages that traymail needs.
#
#   scripts/install-deps.sh build   to compile it
#   scripts/install-deps.sh package to make packages, those for Windows too
#   scripts/install-deps.sh test    to compile it and run the tests and the demo
#   scripts/install-deps.sh bench   to measure it beside others
#
# It asks the package manager only for what is missing, as root or through sudo.

# wanted reads the lists by names that it puts together.
# shellcheck disable=SC2034,SC2154
set -eu

what=${1:-build}
case $what in build | package | test | bench) ;; *)
	echo "usage: $0 build|package|test|bench" >&2
	exit 2
	;;
esac

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "$0: run this as root: $*" >&2
		exit 1
	fi
}

# Debian and Ubuntu
apt_build="gcc libc6-dev pkg-config libgl1-mesa-dev xorg-dev libxkbcommon-dev libwayland-dev wayland-protocols libdecor-0-dev"
apt_package="gcc-mingw-w64-x86-64 nsis osslsigncode zip"
apt_test="xvfb xauth dbus xdg-utils openbox xfce4-panel xfconf dunst gnome-keyring libsecret-tools
	dovecot-core dovecot-pop3d xdotool xclip wmctrl x11-utils x11-xserver-utils imagemagick curl mpop fetchmail procps libgl1-mesa-dri
	sway swaybg waybar mako-notifier xwayland grim xdg-desktop-portal xdg-desktop-portal-gtk libglib2.0-bin gsettings-desktop-schemas
	fcitx5 fcitx5-chinese-addons
	fonts-dejavu-core fonts-noto-cjk hicolor-icon-theme adwaita-icon-theme librsvg2-common
	wine64 w3m chromium mutt notmuch
	python3 python3-tk libmime-lite-perl libmime-tools-perl libmailtools-perl libemail-mime-perl libemail-address-xs-perl libtimedate-perl
	unicode-data unicode-cldr-core locales
	lintian desktop-file-utils appstream debootstrap rpm pacman-package-manager libarchive-tools dpkg-dev man-db openssl shellcheck"
apt_bench="mailnag"

# The same for others; packages are made, and the tests run, on Debian and
# Ubuntu only.
dnf_package='' pacman_package='' zypper_package=''
dnf_bench='' pacman_bench='' zypper_bench=''
dnf_build="gcc pkgconf-pkg-config mesa-libGL-devel libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel libxkbcommon-devel wayland-devel wayland-protocols-devel libdecor-devel"
dnf_test="sway swaybg waybar mako xorg-x11-server-Xwayland grim xdg-desktop-portal-gtk xorg-x11-server-Xvfb xauth xdg-utils dbus-daemon openbox xfce4-panel xfconf dunst gnome-keyring libsecret dovecot xdotool xclip wmctrl xorg-x11-utils ImageMagick curl procps-ng mesa-dri-drivers dejavu-sans-fonts google-noto-sans-cjk-fonts hicolor-icon-theme adwaita-icon-theme w3m chromium"
pacman_build="gcc pkgconf mesa libx11 libxcursor libxrandr libxinerama libxi libxxf86vm libxkbcommon wayland wayland-protocols libdecor"
pacman_test="sway swaybg waybar mako xorg-xwayland grim xdg-desktop-portal-gtk xorg-server-xvfb xorg-xauth xdg-utils dbus openbox xfce4-panel xfconf dunst gnome-keyring libsecret dovecot xdotool xclip wmctrl xorg-xwininfo xorg-xprop imagemagick curl procps-ng ttf-dejavu noto-fonts-cjk hicolor-icon-theme adwaita-icon-theme w3m chromium"
zypper_build="gcc pkg-config Mesa-libGL-devel libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel libxkbcommon-devel wayland-devel wayland-protocols-devel libdecor-devel"
zypper_test="sway swaybg waybar mako xwayland grim xdg-desktop-portal-gtk xorg-x11-server-Xvfb xauth xdg-utils dbus-1-daemon openbox xfce4-panel xfconf dunst gnome-keyring libsecret-tools dovecot xdotool xclip wmctrl xwininfo xprop ImageMagick curl procps Mesa-dri dejavu-fonts google-noto-sans-cjk-fonts hicolor-icon-theme adwaita-icon-theme w3m chromium"

# wanted MANAGER: the packages for $what, blank-separated.
wanted() {
	eval "list=\$$1_build"
	[ "$what" = build ] || eval "list=\"\$list \$$1_package\""
	case $what in test | bench) eval "list=\"\$list \$$1_test\"" ;; esac
	[ "$what" != bench ] || eval "list=\"\$list \$$1_bench\""
	# The lists are words; wrapping them in echo folds the line breaks.
	# shellcheck disable=SC2086
	echo $list
}

# missing TEST PACKAGE...: those for which the test command fails.
missing() {
	test_command=$1
	shift
	for package in "$@"; do
		$test_command "$package" >/dev/null 2>&1 || printf '%s ' "$package"
	done
}

apt_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The word splitting below is meant: a package name holds no blank.
# shellcheck disable=SC2046,SC2086
if command -v apt-get >/dev/null 2>&1; then
	need=$(missing apt_installed $(wanted apt))
	if [ -n "$need" ]; then
		echo "installing with apt: $need"
		as_root apt-get update -q
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $need
	fi
elif command -v dnf >/dev/null 2>&1; then
	need=$(missing "rpm -q" $(wanted dnf))
	if [ -n "$need" ]; then
		echo "installing with dnf: $need"
		as_root dnf install -y $need
	fi
elif command -v pacman >/dev/null 2>&1; then
	need=$(missing "pacman -Q" $(wanted pacman))
	if [ -n "$need" ]; then
		echo "installing with pacman: $need"
		as_root pacman -S --needed --noconfirm $need
	fi
elif command -v zypper >/dev/null 2>&1; then
	need=$(missing "rpm -q" $(wanted zypper))
	if [ -n "$need" ]; then
		echo "installing with zypper: $need"
		as_root zypper --non-interactive install --no-recommends $need
	fi
else
	echo "$0: no apt-get, dnf, pacman or zypper here; install by hand what stands in this file" >&2
	exit 1
fi
