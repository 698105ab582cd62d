#!/bin/sh
# Removes what install.sh has installed, and nothing else: experiments and settings stay.
set -eu

share="${XDG_DATA_HOME:-$HOME/.local/share}"
program="$HOME/.local/opt/downhill"

# Brings what desktops have noted of these folders up to date. Where nothing is left of which they note something, their
# notes go too; the icons have none unless they had before, for without it they are looked up one by one.
refresh() {
    if [ -n "$(ls "$share"/applications/*.desktop 2>/dev/null)" ]; then
        update-desktop-database -q "$share/applications" 2>/dev/null || true
    else
        rm -f "$share/applications/mimeinfo.cache"
    fi
    if [ -n "$(ls "$share"/mime/packages/*.xml 2>/dev/null)" ]; then
        update-mime-database "$share/mime" 2>/dev/null || true
    else
        rm -rf "$share/mime"
    fi
    [ ! -e "$share/icons/hicolor/icon-theme.cache" ] || gtk-update-icon-cache -qtf "$share/icons/hicolor" || true
}

if [ "${1:-}" = --refresh ]; then
    refresh
    exit
fi
if [ ! -f "$program/installed.txt" ]; then
    echo "Downhill is not installed for this user: there is no $program/installed.txt" >&2
    exit 1
fi
while read -r file; do
    rm -f "$share/$file"
    # A folder that was made for this file alone goes too.
    (cd "$share" && rmdir -p "$(dirname "$file")" 2>/dev/null) || true
done < "$program/installed.txt"
[ "$(readlink "$HOME/.local/bin/downhill")" != "$program/downhill" ] || rm "$HOME/.local/bin/downhill"
rm -rf "$program"
refresh
echo "Downhill is removed."
