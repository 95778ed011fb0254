// The language of a text, by CLD2 (Debian's libcld2-dev): a thin C interface over its C++ one.

#ifndef REGIMEN_LANGUAGE_H
#define REGIMEN_LANGUAGE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The code of the language that a text is most likely in, as ISO 639-1 has it; NULL if CLD2 cannot
/// tell. Tables only: it keeps no state, and threads may call it at once.
///
/// text: UTF-8, valid.
/// bytes: its length.
/// hint: the code of the language that the text is expected to be in and that gets the benefit of
/// the doubt; NULL for none.
/// guess: whether to name the likeliest language even where it is hardly likelier than the next.
const char *regimen_language(const char *text, int bytes, const char *hint, bool guess);

#ifdef __cplusplus
}
#endif

#endif
