// Details of errors that are whole sentences of ours, in the reader's language.
#pragma once
#include "core/text/language.hpp"

#include <string>
#include <string_view>

namespace mesh::text {

// detail: English, of this program or of a peer. The same in `in`; unchanged where it is not one of the
// sentences known here, such as a path or an address. Numbers of up to 20 digits
// and what stands in double quotes are carried over.
std::string detail_in(std::string_view detail, language in = current_language());

}  // namespace mesh::text
