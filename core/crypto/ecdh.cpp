#include "core/crypto/ecdh.hpp"

#include "core/crypto/c_library.hpp"
#include "core/crypto/random.hpp"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

namespace mesh::crypto {
namespace {

using group_handle = owned<EC_GROUP, EC_GROUP_free>;
using point_handle = owned<EC_POINT, EC_POINT_free>;
using number_handle = owned<BIGNUM, BN_clear_free>;
using scratch_handle = owned<BN_CTX, BN_CTX_free>;

constexpr std::size_t value_bytes = 32;

struct curve {
  group_handle group{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
  scratch_handle scratch{BN_CTX_new()};
  point_handle new_point() const { return point_handle(EC_POINT_new(group.get())); }
  bool write(const EC_POINT* from, p256_point& to) const {
    return EC_POINT_point2oct(group.get(), from, POINT_CONVERSION_UNCOMPRESSED,
                              reinterpret_cast<unsigned char*>(to.data()), to.size(),
                              scratch.get()) == to.size();
  }
};

number_handle number_of(bytes_view value) {
  number_handle out(BN_bin2bn(raw(value), static_cast<int>(value.size()), nullptr));
  if (out) BN_set_flags(out.get(), BN_FLG_CONSTTIME);
  return out;
}

}  // namespace

p256_exchange::~p256_exchange() {
  if (!value_.empty()) OPENSSL_cleanse(value_.data(), value_.size());
}

p256_exchange p256_exchange::generate() {
  // Nearly every 32 bytes are a private value: the order of the curve is 2^256 - 2^224 + ...
  while (true) {
    const auto value = random_bytes<value_bytes>();
    if (auto made = from_private(value)) return std::move(*made);
  }
}

result<p256_exchange> p256_exchange::from_private(bytes_view value) {
  const curve on;
  const auto number = number_of(value);
  const auto mine = on.new_point();
  p256_exchange made(to_bytes(value));
  if (value.size() != value_bytes || !number || !mine || BN_is_zero(number.get()) == 1 ||
      BN_cmp(number.get(), EC_GROUP_get0_order(on.group.get())) >= 0 ||
      EC_POINT_mul(on.group.get(), mine.get(), number.get(), nullptr, nullptr, on.scratch.get()) != 1 ||
      !on.write(mine.get(), made.point_))
    return fail(errc::field_invalid, "not a private value of P-256");
  return made;
}

result<bytes> p256_exchange::agree(bytes_view point) const {
  const curve on;
  const auto number = number_of(value_);
  const auto theirs = on.new_point(), common = on.new_point();
  p256_point out{};
  // EC_POINT_oct2point refuses what is not on the curve; its cofactor is 1, so there is no small subgroup.
  if (point.size() != out.size() || point[0] != std::byte{4} || !number || !theirs || !common ||
      EC_POINT_oct2point(on.group.get(), theirs.get(), raw(point), point.size(), on.scratch.get()) != 1 ||
      EC_POINT_mul(on.group.get(), common.get(), nullptr, theirs.get(), number.get(), on.scratch.get()) !=
          1 ||
      !on.write(common.get(), out))
    return fail(errc::field_invalid, "not a point of P-256");
  return bytes(out.begin() + 1, out.begin() + 1 + value_bytes);
}

}  // namespace mesh::crypto
