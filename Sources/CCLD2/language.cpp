#include "language.h"

// CLD2's header names FILE and includes nothing for it.
#include <cstdio>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

const char *regimen_language(const char *text, int bytes, const char *hint, bool guess) {
  CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  if (hint != nullptr) hints.language_hint = CLD2::GetLanguageFromName(hint);
  CLD2::Language likeliest[3];
  int percent[3];
  double score[3];
  int letters;
  bool is_reliable;
  const CLD2::Language language = CLD2::ExtDetectLanguageSummary(
      text, bytes, /*is_plain_text=*/true, &hints, guess ? CLD2::kCLDFlagBestEffort : 0, likeliest,
      percent, score, /*resultchunkvector=*/nullptr, &letters, &is_reliable);
  if (language == CLD2::UNKNOWN_LANGUAGE || !(is_reliable || guess)) return nullptr;
  return CLD2::LanguageCode(language);
}
