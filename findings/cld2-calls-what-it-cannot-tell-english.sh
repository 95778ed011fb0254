#!/usr/bin/env bash
# CLD2 (Debian's libcld2-dev 0.0.0-git20150806-9): DetectLanguage and DetectLanguageSummary answer English where they
# cannot tell a text's language, also for an empty text, for digits, and for two or three Chinese or Japanese characters.
#
# A guess from the API, which has UNKNOWN_LANGUAGE, is that such texts are unknown; pycld2 gives "un". The default is
# put in by these two calls; ExtDetectLanguageSummary answers "un". So a language-consistency reward that asks the
# simple call counts short lines, formulas and stray CJK words as English, unless it also reads is_reliable.
# The header needs <cstdio> before it: it names FILE without including it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder" && cd "$folder"
apt-get download -qq libcld2-dev=0.0.0-git20150806-9 libcld2-0=0.0.0-git20150806-9 2>/dev/null
for package in ./*.deb; do dpkg -x "$package" root; done
library=$(dirname "$(find root -name 'libcld2.so.0' | head -n 1)")
cat >tell.cpp <<'CPP'
#include <cstdio>
#include <cstring>
#include <cld2/public/compact_lang_det.h>

int main() {
  const char *texts[] = {"", "12345", "2 + 2 = 4", "\xe4\xbd\xa0\xe5\xa5\xbd", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
                         "Das ist richtig."};
  for (const char *text : texts) {
    int length = static_cast<int>(strlen(text)), percent[3], bytes;
    bool reliable, extended_reliable;
    double scores[3];
    CLD2::Language languages[3];
    CLD2::CLDHints hints = {nullptr, nullptr, 0, CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language simple = CLD2::DetectLanguage(text, length, true, &reliable);
    CLD2::Language extended = CLD2::ExtDetectLanguageSummary(text, length, true, &hints, 0, languages, percent, scores,
                                                             nullptr, &bytes, &extended_reliable);
    printf("'%s': DetectLanguage %s (reliable: %d), ExtDetectLanguageSummary %s\n", text, CLD2::LanguageCode(simple),
           reliable, CLD2::LanguageCode(extended));
  }
}
CPP
c++ -Iroot/usr/include tell.cpp -o tell "$library/libcld2.so.0"
LD_LIBRARY_PATH="$library" ./tell | tee seen
for text in "" 12345 "2 + 2 = 4" 你好 日本語; do
  grep -qF "'$text': DetectLanguage en (reliable: 0), ExtDetectLanguageSummary un" seen
done
grep -qF "'Das ist richtig.': DetectLanguage de (reliable: 1), ExtDetectLanguageSummary de" seen
