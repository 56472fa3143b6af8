#include "tests/hostile/peer.hpp"

#include "core/base/bytes.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace mesh::hostile {

class peer::stream final : public p2p::stream_handler {
 public:
  stream(unsigned number, std::unique_ptr<p2p::byte_stream> carrier, const report& tell)
      : number_(number), carrier_(std::move(carrier)), tell_(tell) {
    carrier_->set_handler(this);
  }

  p2p::byte_stream& carrier() { return *carrier_; }
  void be_deaf() { deaf_ = true; }

  void on_data(bytes_view data, bool fin) override {
    splitter_.feed(data);
    while (true) {
      const auto part = splitter_.next();
      if (!part || !*part) break;
      if (const auto* const json = std::get_if<wire::frame_json>(&**part))
        tell_({{"event", "message"}, {"stream", number_}, {"text", json->text}});
      else if (const auto* const content = std::get_if<wire::bulk_data>(&**part))
        content_ += content->data.size();
    }
    if (!deaf_) carrier_->consume(data.size());
    if (fin) tell_({{"event", "fin"}, {"stream", number_}, {"content", content_}});
  }
  void on_writable() override {}
  void on_closed(const error& reason) override {
    tell_({{"event", "closed"},
           {"stream", number_},
           {"code", word(reason.code)},
           {"detail", reason.detail},
           {"content", content_}});
  }

 private:
  unsigned number_;
  std::unique_ptr<p2p::byte_stream> carrier_;
  const report& tell_;
  wire::frame_splitter splitter_;
  std::uint64_t content_ = 0;
  bool deaf_ = false;
};

peer::peer(std::unique_ptr<p2p::connection> connection, report tell)
    : connection_(std::move(connection)), tell_(std::move(tell)) {
  connection_->set_handler(this);
  connection_->keep_alive(true);
}

peer::~peer() = default;

void peer::on_stream(std::unique_ptr<p2p::byte_stream> carrier) {
  const auto number = theirs_++;
  tell_({{"event", "stream"}, {"stream", number}});
  streams_.emplace(number, std::make_unique<stream>(number, std::move(carrier), tell_));
}

void peer::on_closed(const error& reason) {
  tell_({{"event", "gone"}, {"code", word(reason.code)}, {"detail", reason.detail}});
}

peer::stream* peer::find(unsigned number) {
  const auto found = streams_.find(number);
  return found == streams_.end() ? nullptr : found->second.get();
}

void peer::write(unsigned number, bytes data) {
  auto* const to = find(number);
  if (to == nullptr) return;
  const auto owner = std::make_shared<const bytes>(std::move(data));
  to->carrier().write({owner, *owner});
}

bool peer::obey(const std::string& line) {
  std::istringstream in(line);
  std::string verb;
  in >> verb;
  if (verb == "binding") {
    std::string session;
    in >> session;
    const auto value = connection_->exporter("EXPORTER-mesh-hello", session);
    if (value) tell_({{"event", "binding"}, {"value", to_base64url(*value)}});
    return value.has_value();
  }
  if (verb == "close") {
    std::uint64_t code = 0;
    in >> code;
    connection_->close(code, "told to");
    return true;
  }
  unsigned number = 0;
  in >> number;
  if (verb == "open") {
    auto opened = connection_->open_stream();
    tell_({{"event", opened ? "opened" : "not_opened"}, {"stream", number}});
    if (opened)
      streams_.insert_or_assign(number, std::make_unique<stream>(number, std::move(*opened), tell_));
    return true;
  }
  auto* const to = find(number);
  if (to == nullptr) return false;
  if (verb == "json") {
    std::string text;
    std::getline(in >> std::ws, text);
    write(number, wire::json_frame(text));
  } else if (verb == "chunk" || verb == "chunks") {
    std::uint64_t offset = 0;
    std::size_t size = 0;
    std::size_t count = 1;
    in >> offset >> size;
    if (verb == "chunks") in >> count;
    for (; count > 0; --count, offset += size) {
      const auto header = wire::file_chunk_header(offset, size);
      bytes frame(header.begin(), header.end());
      frame.resize(frame.size() + size, std::byte{'x'});
      write(number, std::move(frame));
    }
  } else if (verb == "raw") {
    std::string hex;
    in >> hex;
    const auto data = from_hex(hex);
    if (!data) return false;
    write(number, *data);
  } else if (verb == "deaf") {
    to->be_deaf();
  } else if (verb == "fin") {
    to->carrier().finish();
  } else if (verb == "reset") {
    std::uint64_t code = 0;
    in >> code;
    to->carrier().reset(code);
  } else {
    return false;
  }
  return true;
}

}  // namespace mesh::hostile
