#!/bin/sh
# Installs Downhill for this user alone, without root: the program to ~/.local/opt, its entry in the menu, its icon and
# its kind of file to ~/.local/share, and the command "downhill" to ~/.local/bin.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
share="${XDG_DATA_HOME:-$HOME/.local/share}"
program="$HOME/.local/opt/downhill"
command="$HOME/.local/bin/downhill"

fail() { echo "Downhill is not installed: $1" >&2; exit 1; }

if [ -e "$program" ] && [ ! -x "$program/downhill" ]; then
    fail "$program is there already and is not Downhill; move it away, then try again."
fi
needs=$(du -sk "$here/program" | cut -f1)
mkdir -p "$HOME/.local/opt" "$HOME/.local/bin" "$share" || fail "$HOME/.local cannot be written to."
free=$(df -Pk "$HOME/.local/opt" | awk 'NR == 2 { print $4 }')
[ "$free" -gt "$needs" ] || fail "it needs $((needs / 1024)) MB in $HOME, and $((free / 1024)) MB are free."

rm -rf "$program.new"
cp -a "$here/program" "$program.new" || { rm -rf "$program.new"; fail "its files could not be copied."; }
cp "$here/uninstall.sh" "$program.new/"
# What is installed, for uninstall.sh: paths below $share.
(cd "$here/share" && find . -type f) > "$program.new/installed.txt"
rm -rf "$program"
mv "$program.new" "$program"
ln -sf "$program/downhill" "$command"
cp -R "$here/share/." "$share/"
# An entry of the menu does not look for commands in ~/.local/bin. Quoted, for a home may have spaces in its name.
escaped=$(printf '%s' "$program/downhill" | sed 's/[\\&|]/\\&/g')
sed "s|^Exec=downhill|Exec=\"$escaped\"|" "$here/share/applications/downhill.desktop" \
    > "$share/applications/downhill.desktop"
"$program/uninstall.sh" --refresh

# The window asks for some libraries of the system, which a desktop has; where one is missing, its package is named.
plugin="$program/_internal/PySide6/Qt/plugins/platforms/libqxcb.so"
if [ -e "$plugin" ]; then
    LC_ALL=C LD_LIBRARY_PATH="$program/_internal" ldd "$plugin" | awk '/not found/ { print $1 }' | while read -r library; do
        package=$(awk -v name="$library" '$1 == name { print $2 }' "$program/_internal/resources/qt_libraries.txt")
        echo "This system lacks $library, without which no window opens: sudo apt-get install ${package:-$library}" >&2
    done
fi
echo "Downhill is installed; start it from the menu or with $command"
