#include "core/wire/plain_json.hpp"

#include <cmath>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace mesh::wire {
namespace {

class writer {
 public:
  explicit writer(json_layout layout) : indented_(layout == json_layout::indented) {}

  void write(const json_value& value, std::size_t indent) {
    if (const auto* object = value.if_object())
      list(*object, '{', '}', indent, [&](const auto& entry) {
        out_ += boost::json::serialize(entry.key());
        out_ += indented_ ? ": " : ":";
        write(entry.value(), indent + 2);
      });
    else if (const auto* array = value.if_array())
      list(*array, '[', ']', indent, [&](const auto& entry) { write(entry, indent + 2); });
    else if (const auto* number = value.if_double(); number != nullptr && std::isfinite(*number))
      out_ += fmt::format("{}", *number);
    else
      out_ += boost::json::serialize(value);
  }

  std::string take() { return std::move(out_); }

 private:
  template <class Items, class Write>
  void list(const Items& items, char open, char close, std::size_t indent, const Write& item) {
    out_ += open;
    bool first = true;
    for (const auto& entry : items) {
      if (!first) out_ += ',';
      first = false;
      line(indent + 2);
      item(entry);
    }
    if (!first) line(indent);
    out_ += close;
  }
  void line(std::size_t indent) {
    if (!indented_) return;
    out_ += '\n';
    out_.append(indent, ' ');
  }

  bool indented_;
  std::string out_;
};

}  // namespace

std::string plain_text(const json_value& value, json_layout layout) {
  writer out(layout);
  out.write(value, 0);
  return out.take();
}

}  // namespace mesh::wire
